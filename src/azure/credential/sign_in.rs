//! A failed sign-in, with the command that renews it.

use std::{fmt, sync::Arc};

use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::{Error, ErrorKind},
};

use super::refusal::EntraRefusal;
use crate::azure::{aadsts, cause, error_body::readable, transport_failure::TransportFailure};

/// Which credential failed: each is renewed in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    AzureCli,
    ClientSecret,
    ManagedIdentity,
    WorkloadIdentity,
}

/// Why nobody is signed in, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SignInFailure {
    /// `AADSTS…`, when Entra gave a number.
    pub code: Option<String>,
    pub message: String,
    pub remedy: String,
}

impl SignInFailure {
    pub fn find(error: &Error) -> Option<&Self> {
        cause::find(error)
    }
}

/// The credential with its failures explained.
pub struct Explained {
    pub inner: Arc<dyn TokenCredential>,
    pub kind: Kind,
    pub tenant: Option<String>,
}

impl fmt::Debug for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explained").field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl TokenCredential for Explained {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        self.inner.get_token(scopes, options).await.map_err(|error| self.explain(error))
    }
}

impl Explained {
    /// What the network or Entra itself said is told where those are told; the rest is explained here.
    fn explain(&self, error: Error) -> Error {
        if self.kind != Kind::ManagedIdentity
            && (TransportFailure::find(&error).is_some() || EntraRefusal::find(&error).is_some())
        {
            return error;
        }
        let failure = match self.kind {
            Kind::AzureCli => from_cli(&said(&error), self.tenant.as_deref()),
            kind => SignInFailure {
                code: aadsts::code_in(&said(&error)),
                message: readable(&said(&error)),
                remedy: remedy_of(kind).to_owned(),
            },
        };
        Error::new(ErrorKind::Credential, failure)
    }
}

fn remedy_of(kind: Kind) -> &'static str {
    match kind {
        Kind::AzureCli => "sign in: az login",
        Kind::ClientSecret => "check tenant, client ID and secret (the cloud file's, or AZURE_TENANT_ID and its like)",
        Kind::ManagedIdentity => {
            "run claw on an Azure machine that has this identity, or sign in another way: --credential cli"
        }
        Kind::WorkloadIdentity => "check AZURE_FEDERATED_TOKEN_FILE and the federated credential of AZURE_CLIENT_ID",
    }
}

/// azure_identity's own words taken off.
fn said(error: &Error) -> String {
    let text = error.to_string();
    let text = text.split("\nTo troubleshoot, visit").next().unwrap_or_default();
    text.split_once("authentication failed. ").map_or(text, |(_, said)| said).trim().to_owned()
}

/// What `az account get-access-token` wrote to standard error.
fn from_cli(text: &str, tenant: Option<&str>) -> SignInFailure {
    if text.ends_with("not found on PATH") {
        return SignInFailure {
            code: None,
            message: "the Azure CLI (az) is not on the PATH".into(),
            remedy: "install it (https://aka.ms/azure-cli) and run az login, or sign in another way: --credential environment, managed-identity or workload-identity".into(),
        };
    }
    let code = aadsts::code_in(text);
    // az itself names the command, with the scope and the claims that are asked for.
    let named = text.lines().map(str::trim).find(|line| line.starts_with("az login")).map(readable);
    let login = named.unwrap_or_else(|| login(tenant));
    let remedy = code.as_deref().and_then(|code| aadsts::remedy(code, &login));
    let told = text.lines().take_while(|line| !leads_to_a_command(line)).collect::<Vec<_>>().join(" ");
    SignInFailure { code, message: readable(&told), remedy: remedy.unwrap_or_else(|| format!("sign in: {login}")) }
}

/// The command that signs a person in. The tenant is a GUID or a domain: nothing a shell would act on.
pub fn login(tenant: Option<&str>) -> String {
    let clean = |t: &&str| !t.is_empty() && t.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    tenant.filter(clean).map_or_else(|| "az login".to_owned(), |tenant| format!("az login --tenant {tenant}"))
}

fn leads_to_a_command(line: &str) -> bool {
    let line = line.trim();
    ["Interactive authentication is needed", "Run the command below", "To re-authenticate", "az log"]
        .iter()
        .any(|lead| line.starts_with(lead))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As az 2.91 prints it.
    const EXPIRED: &str = "ERROR: AADSTS700082: The refresh token has expired due to inactivity. The token was issued on 2026-01-01 and was inactive for 90.00:00:00. Trace ID: 1 Correlation ID: 2 Timestamp: 3\r\nInteractive authentication is needed. Please run:\naz logout\naz login --tenant \"T\" --scope \"https://management.core.windows.net//.default\"\n";

    #[test]
    fn an_expired_login_names_the_command_that_az_names() {
        let failure = from_cli(EXPIRED, Some("other"));
        assert_eq!(failure.code.as_deref(), Some("AADSTS700082"));
        assert!(failure.message.contains("expired due to inactivity") && !failure.message.contains("az log"));
        let command = "az login --tenant \"T\" --scope \"https://management.core.windows.net//.default\"";
        assert!(failure.remedy.ends_with(command), "{}", failure.remedy);
    }

    #[test]
    fn nobody_signed_in_and_no_az_are_told_apart() {
        let nobody = from_cli("ERROR: Please run 'az login' to setup account.", Some("contoso.com"));
        assert_eq!(nobody.remedy, "sign in: az login --tenant contoso.com");
        assert_eq!(from_cli("ERROR: Please run 'az login'.", None).remedy, "sign in: az login");
        let missing = from_cli("az not found on PATH", None);
        assert!(missing.remedy.contains("https://aka.ms/azure-cli") && missing.remedy.contains("--credential"));
    }

    #[test]
    fn a_tenant_that_a_shell_would_act_on_is_left_out() {
        assert_eq!(login(Some("x; rm -rf ~")), "az login");
    }
}
