//! Secrets on Key Vault's data plane, by Microsoft's own client (its check of the challenge stays on).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use azure_core::{credentials::TokenCredential, error::Error, http::ClientOptions};
use azure_security_keyvault_secrets::{
    SecretClient, SecretClientOptions,
    models::{SecretProperties, SetSecretParameters},
};
use futures::TryStreamExt;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use time::OffsetDateTime;

use super::{
    api,
    endpoints::Environment,
    error::{AzureError, AzureErrorKind, Task},
    failure::from_core,
    own_host::OwnHost,
};

/// A secret's name and age; never its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecretInfo {
    pub name: String,
    #[serde(with = "time::serde::rfc3339")]
    pub updated: OffsetDateTime,
}

/// Clients by vault: each learns its challenge once.
pub struct Vaults {
    credential: Arc<dyn TokenCredential>,
    environment: Environment,
    options: ClientOptions,
    clients: Mutex<HashMap<String, Arc<Client>>>,
}

/// Its requests go one by one: those of a client that has no token yet would all ask for one, wipe each other's, and
/// wake each other without a pause meanwhile (see `azure::bearer`).
struct Client {
    secrets: SecretClient,
    turn: tokio::sync::Mutex<()>,
}

impl Vaults {
    pub fn new(credential: Arc<dyn TokenCredential>, environment: Environment, options: ClientOptions) -> Self {
        Self { credential, environment, options, clients: Mutex::default() }
    }

    fn client(&self, vault: &str) -> Result<Arc<Client>, Error> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(vault) {
            return Ok(client.clone());
        }
        let url = self.environment.vault(vault);
        let host = url.trim_start_matches("https://").trim_end_matches('/');
        let mut client_options = self.options.clone();
        client_options.per_call_policies.push(Arc::new(OwnHost(host.to_owned())));
        let options = SecretClientOptions {
            api_version: api::SECRETS.to_owned(),
            client_options,
            ..SecretClientOptions::default()
        };
        let secrets = SecretClient::new(&url, self.credential.clone(), Some(options))?;
        let client = Arc::new(Client { secrets, turn: tokio::sync::Mutex::default() });
        clients.insert(vault.to_owned(), client.clone());
        Ok(client)
    }

    pub async fn put(&self, vault: &str, name: &str, value: &SecretString) -> Result<(), AzureError> {
        let target = format!("{name} in {vault}");
        self.set(vault, name, value).await.map_err(|error| from_core(Task::new("write secret", &target), &error))
    }

    /// The current value; `None` where there is no such secret.
    pub async fn get(&self, vault: &str, name: &str) -> Result<Option<SecretString>, AzureError> {
        match self.value(vault, name).await {
            Ok(value) => Ok(value.map(SecretString::from)),
            Err(error) => match from_core(Task::new("read secret", &format!("{name} in {vault}")), &error) {
                error if error.kind == AzureErrorKind::NotFound => Ok(None),
                error => Err(error),
            },
        }
    }

    async fn value(&self, vault: &str, name: &str) -> Result<Option<String>, Error> {
        let client = self.client(vault)?;
        let _turn = client.turn.lock().await;
        Ok(client.secrets.get_secret(name, None).await?.into_model()?.value)
    }

    async fn set(&self, vault: &str, name: &str, value: &SecretString) -> Result<(), Error> {
        let parameters = SetSecretParameters {
            value: Some(value.expose_secret().to_owned()),
            content_type: Some("application/json".to_owned()),
            ..SetSecretParameters::default()
        };
        let client = self.client(vault)?;
        let _turn = client.turn.lock().await;
        client.secrets.set_secret(name, parameters.try_into()?, None).await.map(|_| ())
    }

    pub async fn list(&self, vault: &str) -> Result<Vec<SecretInfo>, AzureError> {
        let found = self.properties(vault).await;
        let found = found.map_err(|error| from_core(Task::new("list secrets", vault), &error))?;
        let mut infos: Vec<SecretInfo> = found.into_iter().filter_map(info).collect();
        infos.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(infos)
    }

    async fn properties(&self, vault: &str) -> Result<Vec<SecretProperties>, Error> {
        let client = self.client(vault)?;
        let _turn = client.turn.lock().await;
        client.secrets.list_secret_properties(None)?.try_collect().await
    }
}

/// The name is the segment after `secrets` in the id.
fn info(found: SecretProperties) -> Option<SecretInfo> {
    let id = url::Url::parse(&found.id?).ok()?;
    let name = id.path_segments()?.nth(1)?.to_owned();
    let attributes = found.attributes.unwrap_or_default();
    let updated = attributes.updated.or(attributes.created).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Some(SecretInfo { name, updated })
}
