//! Signing in: the credential of the settings, with errors that say how to renew it.

mod caller;
mod refusal;
mod renewed;
mod sign_in;

use std::sync::Arc;

use azure_core::{
    credentials::{Secret, TokenCredential},
    error::{Error, ErrorKind},
};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use secrecy::ExposeSecret;

use super::{
    pipeline::Wire,
    settings::{CloudSettings, CredentialSettings},
};
pub use caller::{Caller, caller_of};
pub use refusal::EntraRefusal;
use refusal::KeepRefusal;
use renewed::Renewed;
pub use sign_in::SignInFailure;
use sign_in::{Explained, Kind};

/// Makes the credential; asks nobody yet.
pub fn make(settings: &CloudSettings, wire: &Wire) -> Result<Arc<dyn TokenCredential>, Error> {
    let kind = match &settings.credential {
        CredentialSettings::Unset | CredentialSettings::AzureCli => Kind::AzureCli,
        CredentialSettings::ClientSecret { .. } => Kind::ClientSecret,
        CredentialSettings::ManagedIdentity { .. } => Kind::ManagedIdentity,
        CredentialSettings::WorkloadIdentity { .. } => Kind::WorkloadIdentity,
    };
    let inner: Arc<dyn TokenCredential> = match kind {
        // It keeps no token: az does, and is asked each time.
        Kind::AzureCli => sdks(settings, wire)?,
        _ => {
            let (settings, wire) = (settings.clone(), wire.clone());
            let refused = wire.refused().clone();
            Arc::new(Renewed::new(move || sdks(&settings, &wire), refused)?)
        }
    };
    Ok(Arc::new(Explained { inner, kind, tenant: settings.tenant.clone() }))
}

/// azure_identity's credential.
fn sdks(settings: &CloudSettings, wire: &Wire) -> Result<Arc<dyn TokenCredential>, Error> {
    let tenant = settings.tenant.clone();
    let refusals = || {
        let mut options = wire.options();
        options.per_try_policies.push(Arc::new(KeepRefusal));
        options
    };
    Ok(match &settings.credential {
        CredentialSettings::Unset | CredentialSettings::AzureCli => {
            let options = AzureCliCredentialOptions {
                subscription: settings.subscription.clone().filter(|_| tenant.is_none()),
                tenant_id: tenant.clone(),
                executor: None,
            };
            AzureCliCredential::new(Some(options))?
        }
        CredentialSettings::ClientSecret { client_id, secret } => {
            let tenant = tenant.as_deref().ok_or_else(|| {
                Error::with_message(ErrorKind::Credential, "a client secret needs `tenant` in the cloud file")
            })?;
            let secret = Secret::new(secret.expose_secret().to_owned());
            let options = ClientSecretCredentialOptions { client_options: refusals() };
            ClientSecretCredential::new(tenant, client_id.clone(), secret, Some(options))?
        }
        CredentialSettings::ManagedIdentity { client_id } => {
            let options = ManagedIdentityCredentialOptions {
                user_assigned_id: client_id.clone().map(UserAssignedId::ClientId),
                client_options: wire.options(),
            };
            ManagedIdentityCredential::new(Some(options))?
        }
        CredentialSettings::WorkloadIdentity { client_id, token_file } => {
            let options = WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options: refusals() },
                client_id: Some(client_id.clone()),
                tenant_id: tenant.clone(),
                token_file_path: Some(token_file.clone()),
            };
            WorkloadIdentityCredential::new(Some(options))?
        }
    })
}
