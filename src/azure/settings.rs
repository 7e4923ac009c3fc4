//! Which cloud, through which proxy, as whom.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use super::{direct::Direct, endpoints::Environment};

/// How claw signs in.
#[derive(Clone, Debug, Default)]
pub enum CredentialSettings {
    /// Nobody said; the Azure CLI then.
    #[default]
    Unset,
    /// `az login`'s account.
    AzureCli,
    /// A service principal with a secret, in the settings' tenant.
    ClientSecret { client_id: String, secret: SecretString },
    /// The identity of the Azure machine claw runs on; `None`: its system-assigned one.
    ManagedIdentity { client_id: Option<String> },
    /// A federated token (Kubernetes, GitHub), in the settings' tenant. The file is read anew as it is renewed.
    WorkloadIdentity { client_id: String, token_file: PathBuf },
}

/// Everything needed to talk to a cloud.
#[derive(Clone, Debug)]
pub struct CloudSettings {
    /// Entra tenant; `None` lets the credential decide.
    pub tenant: Option<String>,
    /// Subscription GUID; `None` is an error with a remedy once a command needs it.
    pub subscription: Option<String>,
    /// HTTP proxy for HTTPS and for SSH, e.g. `http://127.0.0.1:41000`. `None`: the usual variables for HTTPS, none for SSH.
    pub proxy: Option<url::Url>,
    /// PEM files with certificate authorities to trust beside the platform's.
    pub ca: Vec<PathBuf>,
    pub credential: CredentialSettings,
    /// Which of Azure's clouds.
    pub environment: Environment,
    /// Takes requests to a cloud in this process instead of the network. Nothing that a person can set leads here.
    pub direct: Option<Direct>,
}

/// What is wrong with a cloud file.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// Not JSON, or not the shape of a cloud file. `field` is empty at the top.
    #[error("{}:{line}:{column}: {field}{reason}", path.display())]
    Malformed { path: PathBuf, line: usize, column: usize, field: String, reason: String },
    /// The right shape with a value that can't be used.
    #[error("{}: {field}: {reason}", path.display())]
    Unusable { path: PathBuf, field: &'static str, reason: String },
}

impl SettingsError {
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "give --cloud public, or the path of a cloud.json as `claw sim` writes it",
            _ => {
                "a cloud file looks like this: {\"schema\":\"claw/cloud/v1\",\"proxy\":\"http://HOST:PORT\",\"ca\":\"ca.pem\",\"tenant\":\"GUID\",\"subscription\":\"GUID\",\"credential\":{\"kind\":\"client-secret\",\"clientId\":\"GUID\",\"clientSecret\":\"…\"}}"
            }
        }
    }
}

const SCHEMA: &str = "claw/cloud/v1";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    schema: String,
    environment: Option<FileEnvironment>,
    proxy: Option<String>,
    ca: Option<PathBuf>,
    tenant: Option<String>,
    subscription: Option<String>,
    credential: Option<FileCredential>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileEnvironment {
    Public,
    UsGov,
    China,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum FileCredential {
    AzureCli,
    #[serde(rename_all = "camelCase")]
    ManagedIdentity {
        client_id: Option<String>,
    },
    #[serde(rename_all = "camelCase")]
    ClientSecret {
        client_id: String,
        /// Not typed further: serde would quote a value of the wrong type in its error.
        client_secret: serde_json::Value,
    },
}

impl CloudSettings {
    /// Azure itself, as whoever `az login` signed in.
    pub fn public() -> Self {
        Self::of(Environment::Public)
    }

    pub fn of(environment: Environment) -> Self {
        Self {
            tenant: None,
            subscription: None,
            proxy: None,
            ca: Vec::new(),
            credential: CredentialSettings::Unset,
            environment,
            direct: None,
        }
    }

    /// Reads a cloud file (`claw/cloud/v1`). Fields of newer versions are ignored.
    pub fn from_file(path: &Path) -> Result<Self, SettingsError> {
        let unreadable = |source| SettingsError::Unreadable { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, SettingsError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let file: File = serde_path_to_error::deserialize(&mut json).map_err(|error| malformed(path, &error))?;
        let unusable = |field, reason: String| SettingsError::Unusable { path: path.to_owned(), field, reason };
        if file.schema != SCHEMA {
            return Err(unusable("schema", format!("is {:?}, this claw reads {SCHEMA:?}", file.schema)));
        }
        let proxy = file.proxy.as_deref().map(proxy_url).transpose().map_err(|r| unusable("proxy", r))?;
        for (field, value) in [("tenant", &file.tenant), ("subscription", &file.subscription)] {
            if value.as_ref().is_some_and(|v| v.parse::<uuid::Uuid>().is_err()) {
                return Err(unusable(field, "is not a GUID".to_owned()));
            }
        }
        let credential = match file.credential {
            None => CredentialSettings::Unset,
            Some(FileCredential::AzureCli) => CredentialSettings::AzureCli,
            Some(FileCredential::ManagedIdentity { client_id }) => CredentialSettings::ManagedIdentity { client_id },
            Some(FileCredential::ClientSecret { client_id, client_secret }) => {
                if file.tenant.is_none() {
                    return Err(unusable("tenant", "is missing; a client secret needs it".to_owned()));
                }
                let serde_json::Value::String(secret) = client_secret else {
                    return Err(unusable("credential.clientSecret", "must be text".to_owned()));
                };
                CredentialSettings::ClientSecret { client_id, secret: secret.into() }
            }
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(Self {
            tenant: file.tenant,
            subscription: file.subscription,
            proxy,
            ca: file.ca.map(|ca| folder.join(ca)).into_iter().collect(),
            credential,
            environment: match file.environment {
                Some(FileEnvironment::UsGov) => Environment::UsGov,
                Some(FileEnvironment::China) => Environment::China,
                Some(FileEnvironment::Public) | None => Environment::Public,
            },
            direct: None,
        })
    }
}

fn proxy_url(text: &str) -> Result<url::Url, String> {
    let url = url::Url::parse(text).map_err(|e| format!("is no URL: {e}"))?;
    match (url.scheme(), url.host_str()) {
        ("http", Some(_)) => Ok(url),
        _ => Err("must be http://HOST:PORT".to_owned()),
    }
}

fn malformed(path: &Path, error: &serde_path_to_error::Error<serde_json::Error>) -> SettingsError {
    let field = error.path().to_string();
    let inner = error.inner();
    let reason = inner.to_string();
    SettingsError::Malformed {
        path: path.to_owned(),
        line: inner.line(),
        column: inner.column(),
        field: if field == "." { String::new() } else { format!("{field}: ") },
        reason: reason.split(" at line ").next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "00000000-0000-0000-0000-000000000001";

    fn parse(text: &str) -> Result<CloudSettings, SettingsError> {
        CloudSettings::parse(Path::new("/d/cloud.json"), text)
    }

    #[test]
    fn a_cloud_file_of_the_embedded_cloud_is_read() {
        let settings = parse(&format!(
            r#"{{"schema":"claw/cloud/v1","proxy":"http://127.0.0.1:9","ca":"ca.pem","tenant":"{TENANT}","subscription":"{TENANT}",
            "credential":{{"kind":"client-secret","clientId":"c","clientSecret":"hush"}},"pid":7}}"#
        ))
        .unwrap();
        assert_eq!(settings.ca, [PathBuf::from("/d/ca.pem")]);
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn errors_name_line_and_field() {
        let said = |text: &str| parse(text).unwrap_err().to_string();
        assert!(said("{\n  \"schema\": 5\n}").starts_with("/d/cloud.json:2:"));
        assert!(said("{\n  \"schema\": 5\n}").contains("schema: invalid type"));
        assert!(said(r#"{"schema":"claw/cloud/v9"}"#).contains(r#"schema: is "claw/cloud/v9""#));
        assert!(said(r#"{"schema":"claw/cloud/v1","proxy":"ftp://x"}"#).contains("proxy: must be http://HOST:PORT"));
        assert!(said(r#"{"schema":"claw/cloud/v1","tenant":"x"}"#).contains("tenant: is not a GUID"));
        let secret = said(&format!(
            r#"{{"schema":"claw/cloud/v1","tenant":"{TENANT}","credential":{{"kind":"client-secret","clientId":"c","clientSecret":4711}}}}"#
        ));
        assert!(secret.contains("credential.clientSecret") && !secret.contains("4711"), "{secret}");
    }
}
