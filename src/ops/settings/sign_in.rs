//! As whom claw signs in.

use std::path::Path;

use super::{
    super::OpsError,
    origin::{Origin, Sourced},
    sources::Sources,
};
use crate::azure::{CloudSettings, CredentialSettings};

const TENANT: &str = "AZURE_TENANT_ID";
const CLIENT: &str = "AZURE_CLIENT_ID";
const SECRET: &str = crate::remote::SIGN_IN_SECRET;
const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";

/// Settles the credential: `--credential`, else the cloud file's, else the environment's when complete, else a
/// workload identity when its variables are there, else the Azure CLI. Says it in words without any secret.
pub fn choose(
    flag: Option<&str>,
    cloud: &mut CloudSettings,
    file: Option<&Path>,
    sources: &Sources<'_>,
) -> Result<Sourced, OpsError> {
    let origin = match flag {
        Some(kind) => {
            cloud.credential = named(kind, cloud, sources)?;
            Origin::Flag { name: "--credential" }
        }
        None if !matches!(cloud.credential, CredentialSettings::Unset) => {
            file.map_or(Origin::Default, |file| Origin::CloudFile { file: file.to_owned() })
        }
        None if missing(&[TENANT, CLIENT, SECRET], sources).is_empty() => {
            cloud.credential = service_principal(cloud, sources)?;
            Origin::Variable { name: SECRET }
        }
        None if missing(&[TENANT, CLIENT, TOKEN_FILE], sources).is_empty() => {
            cloud.credential = workload(cloud, sources)?;
            Origin::Variable { name: TOKEN_FILE }
        }
        None => {
            cloud.credential = CredentialSettings::AzureCli;
            Origin::Default
        }
    };
    Ok(Sourced::new(in_words(&cloud.credential), origin))
}

fn named(kind: &str, cloud: &mut CloudSettings, sources: &Sources<'_>) -> Result<CredentialSettings, OpsError> {
    match kind {
        "cli" => Ok(CredentialSettings::AzureCli),
        "managed-identity" => {
            Ok(CredentialSettings::ManagedIdentity { client_id: sources.variable(CLIENT).map(|v| v.value) })
        }
        "workload-identity" => workload(cloud, sources),
        "environment" => service_principal(cloud, sources),
        other => Err(OpsError::input(
            format!("--credential `{other}` is not known"),
            "choose cli, managed-identity, workload-identity or environment",
        )),
    }
}

fn missing(names: &[&'static str], sources: &Sources<'_>) -> Vec<&'static str> {
    names.iter().copied().filter(|name| sources.variable(name).is_none()).collect()
}

fn need(name: &'static str, all: &[&'static str], sources: &Sources<'_>) -> Result<String, OpsError> {
    if let Some(found) = sources.variable(name) {
        return Ok(found.value);
    }
    let absent = missing(all, sources).join(", ");
    Err(OpsError::input(
        format!("{absent} must be set for this way of signing in"),
        format!("set {}, or choose another way: --credential cli", all.join(", ")),
    ))
}

fn service_principal(cloud: &mut CloudSettings, sources: &Sources<'_>) -> Result<CredentialSettings, OpsError> {
    if sources.variable(SECRET).is_none() && sources.variable(CERTIFICATE).is_some() {
        return Err(OpsError::input(
            format!("claw can't sign in with a certificate by itself ({CERTIFICATE})"),
            "let the Azure CLI do it: az login --service-principal --username CLIENT_ID --certificate FILE --tenant TENANT, then --credential cli",
        ));
    }
    let all = [TENANT, CLIENT, SECRET];
    cloud.tenant = Some(need(TENANT, &all, sources)?);
    Ok(CredentialSettings::ClientSecret {
        client_id: need(CLIENT, &all, sources)?,
        secret: need(SECRET, &all, sources)?.into(),
    })
}

fn workload(cloud: &mut CloudSettings, sources: &Sources<'_>) -> Result<CredentialSettings, OpsError> {
    let all = [TENANT, CLIENT, TOKEN_FILE];
    cloud.tenant = Some(need(TENANT, &all, sources)?);
    Ok(CredentialSettings::WorkloadIdentity {
        client_id: need(CLIENT, &all, sources)?,
        token_file: need(TOKEN_FILE, &all, sources)?.into(),
    })
}

fn in_words(credential: &CredentialSettings) -> String {
    match credential {
        CredentialSettings::Unset | CredentialSettings::AzureCli => "Azure CLI (az login)".into(),
        CredentialSettings::ClientSecret { client_id, .. } => {
            format!("service principal {client_id} (its secret is not shown)")
        }
        CredentialSettings::ManagedIdentity { client_id: None } => "this machine's managed identity".into(),
        CredentialSettings::ManagedIdentity { client_id: Some(id) } => format!("managed identity {id}"),
        CredentialSettings::WorkloadIdentity { client_id, .. } => format!("workload identity {client_id}"),
    }
}
