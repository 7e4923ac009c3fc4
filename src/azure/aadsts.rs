//! Entra's numbered refusals (azure.md §6.2; Entra `reference-error-codes`) and what to do about each.

/// (number, remedy); `LOGIN` stands for the command that signs in again.
const TABLE: &[(&str, &str)] = &[
    ("50034", "the tenant does not know this account: check it, or sign in to another tenant: LOGIN"),
    ("50053", "the account is locked after too many tries: wait a while, then LOGIN"),
    ("50055", "the password has expired: change it at https://aka.ms/sspr, then LOGIN"),
    ("50057", "the account is disabled: ask an administrator of the tenant"),
    ("50076", "a second factor is asked for: LOGIN"),
    ("50078", "the second factor has expired: LOGIN"),
    ("50079", "a second factor must be set up (https://aka.ms/mfasetup), then LOGIN"),
    ("50126", "user name or password is wrong: LOGIN"),
    ("50158", "another sign-in step is asked for: LOGIN"),
    ("50173", "the sign-in was revoked, as after a new password: LOGIN"),
    ("53000", "conditional access wants a compliant device: sign in from one that your organisation manages: LOGIN"),
    ("53001", "conditional access wants a device joined to your organisation: sign in from one: LOGIN"),
    (
        "53003",
        "conditional access blocks this sign-in: ask an administrator which policy it is, with the trace ID above",
    ),
    ("65001", "nobody has consented to this application in the tenant: ask an administrator to, then LOGIN"),
    ("70043", "the sign-in has expired (the tenant limits how long one lasts): LOGIN"),
    ("70008", "the sign-in has expired: LOGIN"),
    ("700016", "the tenant does not know this client ID: check tenant and client ID (cloud file, AZURE_CLIENT_ID)"),
    ("700024", "the federated token is not valid now: let its issuer renew it, and check this computer's clock"),
    (
        "700211",
        "no federated credential of this client ID has the token's issuer: check its `iss`, a slash at the end counts",
    ),
    ("700212", "the federated token is not made out to Entra: ask its issuer for `aud` api://AzureADTokenExchange"),
    ("700213", "no federated credential of this client ID has the token's subject: check its `sub`"),
    ("7002138", "the federated credential spells the subject in another case than the token: they must be the same"),
    ("70021", "no federated credential of this client ID fits the token: check its issuer and subject"),
    ("700082", "the sign-in has expired after too long without use: LOGIN"),
    (
        "7000215",
        "the client secret is wrong: give the secret's value (not its ID) in the cloud file or AZURE_CLIENT_SECRET",
    ),
    ("7000222", "the client secret has expired: az ad app credential reset --id CLIENT_ID"),
    ("90002", "there is no such tenant: check `tenant` in the cloud file, or AZURE_TENANT_ID"),
];

/// The remedy for `AADSTS…`, with the command that signs in again.
pub fn remedy(code: &str, login: &str) -> Option<String> {
    let number = code.strip_prefix("AADSTS")?;
    let (_, text) = TABLE.iter().find(|(known, _)| *known == number)?;
    Some(text.replace("LOGIN", login))
}

/// The first `AADSTS…` in a text.
pub fn code_in(text: &str) -> Option<String> {
    let digits = text.split("AADSTS").nth(1)?.split(|c: char| !c.is_ascii_digit()).next()?;
    (!digits.is_empty()).then(|| format!("AADSTS{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_fact_sheet_has_a_remedy() {
        for code in ["65001", "50076", "50079", "53000", "53003", "700082", "70043", "50173", "50057"] {
            let remedy = remedy(&format!("AADSTS{code}"), "az login --tenant T").unwrap();
            assert!(!remedy.contains("LOGIN"), "{remedy}");
            let asks_somebody_else = ["50057", "53003"].contains(&code);
            assert_eq!(remedy.contains("az login --tenant T"), !asks_somebody_else, "{code}: {remedy}");
        }
        assert_eq!(remedy("AADSTS1", "az login"), None);
    }

    #[test]
    fn the_number_is_found_wherever_it_stands() {
        assert_eq!(code_in("ERROR: AADSTS50076: Due to").as_deref(), Some("AADSTS50076"));
        assert_eq!(code_in("AADSTS: none"), None);
        assert_eq!(code_in("nothing"), None);
    }
}
