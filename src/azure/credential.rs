//! Who claw is to Azure.

use std::{error::Error as StdError, sync::Arc};

use azure_core::{
    credentials::{Secret, TokenCredential},
    error::{Error, ErrorKind},
    http::{
        Context, Request,
        headers::Headers,
        policies::{Policy, PolicyResult},
    },
};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{
    pipeline::Wire,
    settings::{CloudSettings, CredentialSettings},
};
use crate::fleet::person::ObjectId;

/// Who is asking, from the access token's own claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub object_id: ObjectId,
    pub tenant: String,
    /// UPN or application id.
    pub name: String,
    pub is_service: bool,
}

/// Makes the credential; asks nobody yet.
pub fn make(settings: &CloudSettings, wire: &Wire) -> Result<Arc<dyn TokenCredential>, Error> {
    match &settings.credential {
        CredentialSettings::Unset | CredentialSettings::AzureCli => {
            let options = AzureCliCredentialOptions {
                subscription: settings.subscription.clone().filter(|_| settings.tenant.is_none()),
                tenant_id: settings.tenant.clone(),
                executor: None,
            };
            Ok(AzureCliCredential::new(Some(options))?)
        }
        CredentialSettings::ClientSecret { client_id, secret } => {
            let tenant = settings.tenant.as_deref().ok_or_else(|| {
                Error::with_message(ErrorKind::Credential, "a client secret needs `tenant` in the cloud file")
            })?;
            let mut client_options = wire.options();
            client_options.per_try_policies.push(Arc::new(KeepRefusal));
            let secret = Secret::new(secret.expose_secret().to_owned());
            let options = ClientSecretCredentialOptions { client_options };
            Ok(ClientSecretCredential::new(tenant, client_id.clone(), secret, Some(options))?)
        }
        CredentialSettings::ManagedIdentity { client_id } => {
            let options = ManagedIdentityCredentialOptions {
                user_assigned_id: client_id.clone().map(UserAssignedId::ClientId),
                client_options: wire.options(),
            };
            Ok(ManagedIdentityCredential::new(Some(options))?)
        }
        CredentialSettings::WorkloadIdentity { client_id, token_file } => {
            let mut client_options = wire.options();
            client_options.per_try_policies.push(Arc::new(KeepRefusal));
            let options = WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options },
                client_id: Some(client_id.clone()),
                tenant_id: settings.tenant.clone(),
                token_file_path: Some(token_file.clone()),
            };
            Ok(WorkloadIdentityCredential::new(Some(options))?)
        }
    }
}

/// Entra's answer to a token request that it refused.
#[derive(Debug, thiserror::Error)]
#[error("Entra refused the sign-in with HTTP {status}")]
pub struct EntraRefusal {
    pub status: u16,
    pub headers: Headers,
    /// An error body; Entra does not quote what was sent.
    pub body: Vec<u8>,
}

impl EntraRefusal {
    pub fn find(error: &Error) -> Option<&Self> {
        let mut source: Option<&(dyn StdError + 'static)> = error.source();
        while let Some(error) = source {
            if let Some(refusal) = error.downcast_ref() {
                return Some(refusal);
            }
            source = error.source();
        }
        None
    }
}

/// azure_identity 1.0 can't read an error description with an escape in it, and every real one ends its first
/// line with CRLF: without this the reason of a refusal is lost.
#[derive(Debug)]
struct KeepRefusal;

#[async_trait::async_trait]
impl Policy for KeepRefusal {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let Some((first, rest)) = next.split_first() else {
            return Err(Error::with_message(ErrorKind::Other, "empty pipeline"));
        };
        let answer = first.send(ctx, request, rest).await?;
        let status = u16::from(answer.status());
        // The throttle is further out and must see these.
        if status < 400 || matches!(status, 429 | 500 | 502 | 503 | 504) {
            return Ok(answer);
        }
        let raw = answer.try_into_raw_response().await?;
        let refusal = EntraRefusal { status, headers: raw.headers().clone(), body: raw.body().to_vec() };
        Err(Error::new(ErrorKind::Credential, refusal))
    }
}

/// Claims of an access token that claw reads (Entra `access-token-claims-reference`).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Claims {
    oid: Option<String>,
    tid: Option<String>,
    appid: Option<String>,
    azp: Option<String>,
    upn: Option<String>,
    unique_name: Option<String>,
    preferred_username: Option<String>,
    idtyp: Option<String>,
}

/// Reads the token's payload. Its signature is for Azure to check; claw only wants to know who it is itself.
pub fn caller_of(token: &str) -> Option<Caller> {
    let payload = token.split('.').nth(1)?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()?;
    let person = claims.upn.or(claims.unique_name).or(claims.preferred_username);
    let is_service = match claims.idtyp.as_deref() {
        Some(kind) => kind.eq_ignore_ascii_case("app"),
        // `idtyp` is optional in older tokens: a service principal's has no user name.
        None => person.is_none(),
    };
    let application = claims.appid.or(claims.azp);
    Some(Caller {
        object_id: ObjectId::new(&claims.oid?),
        tenant: claims.tid.unwrap_or_default(),
        name: if is_service { application.or(person) } else { person.or(application) }.unwrap_or_default(),
        is_service,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_person_and_a_service_are_told_apart() {
        let person = caller_of(&token(r#"{"oid":"AAA","tid":"t","upn":"ann@x.org","appid":"cli","new":[1]}"#)).unwrap();
        assert_eq!((person.object_id.as_str(), person.name.as_str(), person.is_service), ("aaa", "ann@x.org", false));
        let service = caller_of(&token(r#"{"oid":"bbb","tid":"t","appid":"app-1","idtyp":"app"}"#)).unwrap();
        assert_eq!((service.name.as_str(), service.is_service), ("app-1", true));
    }

    #[test]
    fn what_is_no_token_names_nobody() {
        for token in ["", "opaque", "a.b.c", &token("{}"), &token("[]")] {
            assert_eq!(caller_of(token), None);
        }
    }
}
