//! A claims challenge: Azure wants a fresh or stronger sign-in before it goes on (conditional access, continuous
//! access evaluation). A token of the same sign-in is refused again, so nothing is sent twice for it.

use azure_core::http::headers::{HeaderName, Headers};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::error::{AzureError, AzureErrorKind, Task};

const HEADER: HeaderName = HeaderName::from_static("www-authenticate");

/// Whether it is one.
pub fn asks_for_claims(headers: &Headers) -> bool {
    let header = headers.get_optional_str(&HEADER);
    header.is_some_and(|header| parameter(header, "error") == Some("insufficient_claims"))
}

/// The error of a 401 whose challenge says `insufficient_claims` (azure.md §2.4); `None` for any other 401.
pub fn read(task: Task<'_>, headers: &Headers) -> Option<AzureError> {
    let header = headers.get_optional_str(&HEADER).filter(|_| asks_for_claims(headers))?;
    let tenant = parameter(header, "authorization_uri").and_then(tenant_of);
    let tenant = tenant.map(|t| format!(" --tenant {t}")).unwrap_or_default();
    // It goes into a command that people paste: only what is base64 through and through.
    let claims = parameter(header, "claims").filter(|c| STANDARD.decode(c).is_ok());
    let remedy = match claims {
        Some(claims) => {
            format!("sign in with what is asked for: az logout; az login{tenant} --claims-challenge \"{claims}\"")
        }
        None => format!("sign in again: az logout; az login{tenant}"),
    };
    let message = "Azure asks for a fresh sign-in before it goes on (conditional access); this one is refused";
    let mut error = task.error(AzureErrorKind::Credential, message).with_remedy(remedy);
    error.code = Some("InsufficientClaims".to_owned());
    error.status = Some(401);
    Some(error)
}

/// One `name="value"` of the header.
fn parameter<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let start = header.match_indices(name).map(|(at, _)| at).find(|at| {
        let before = header[..*at].chars().next_back();
        before.is_none_or(|c| c == ' ' || c == ',') && header[at + name.len()..].starts_with("=\"")
    })?;
    header[start + name.len() + 2..].split('"').next()
}

/// The GUID in `https://login.microsoftonline.com/{tenant}/…`.
fn tenant_of(uri: &str) -> Option<String> {
    let url = url::Url::parse(uri).ok()?;
    let tenant = url.path_segments()?.next()?;
    tenant.parse::<uuid::Uuid>().ok().map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(challenge: &str) -> Option<AzureError> {
        let mut headers = Headers::new();
        headers.insert("www-authenticate", challenge.to_owned());
        read(Task::new("list", "machines"), &headers)
    }

    #[test]
    fn only_clean_claims_go_into_the_command() {
        let challenge = |claims: &str| {
            format!(
                "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111/oauth2/authorize\", error_description=\"error\", error=\"insufficient_claims\", claims=\"{claims}\""
            )
        };
        let error = said(&challenge("eyJhIjoxfQ==")).unwrap();
        let remedy = error.remedy.unwrap();
        assert!(
            remedy.ends_with(
                "az login --tenant 11111111-1111-1111-1111-111111111111 --claims-challenge \"eyJhIjoxfQ==\""
            )
        );
        let remedy = said(&challenge("$(reboot)")).unwrap().remedy.unwrap();
        assert!(!remedy.contains("reboot") && remedy.contains("az login --tenant"), "{remedy}");
    }

    #[test]
    fn other_refusals_are_no_challenge() {
        assert!(said("Bearer error=\"invalid_token\", error_description=\"insufficient_claims\"").is_none());
        assert!(said("Basic").is_none());
    }
}
