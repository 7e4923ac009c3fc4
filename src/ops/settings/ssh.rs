//! With what claw signs in on machines.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{
    explain::Row,
    origin::{Origin, Sourced},
    sources::Sources,
};
use crate::{
    azure::{CloudSettings, CredentialSettings},
    remote::CertificateSettings,
};

const COMMAND: &str = "CLAW_SSH_CERT_COMMAND";
/// Takes no part in certificates.
const NONE: &str = "none";

/// Where Entra certificates come from: `CLAW_SSH_CERT_COMMAND` (`none` switches them off), else the Azure CLI where
/// it signs claw in. A variable of the process only: no file that travels with a team may name a program to run.
pub fn certificate(
    cloud: &CloudSettings,
    data: &Sourced<PathBuf>,
    sources: &Sources<'_>,
    rows: &mut Vec<Row>,
) -> Option<CertificateSettings> {
    let signed_in = matches!(cloud.credential, CredentialSettings::AzureCli | CredentialSettings::Unset);
    let built_in = if signed_in { "az ssh cert" } else { NONE };
    let command = sources.variable(COMMAND).unwrap_or_else(|| Sourced::built_in(built_in.into()));
    rows.push(Row::of("ssh-certificate", &command));
    if command.value == NONE {
        return None;
    }
    // A program's path may have blanks in it.
    let words = match Path::new(&command.value).is_file() {
        true => vec![command.value.clone()],
        false => command.value.split_whitespace().map(str::to_owned).collect(),
    };
    // Who changes the command, the cloud or the tenant is somebody else.
    let who =
        format!("{}\n{}\n{}", command.value, cloud.environment.name(), cloud.tenant.as_deref().unwrap_or_default());
    let place: String = Sha256::digest(who)[..8].iter().map(|b| format!("{b:02x}")).collect();
    Some(CertificateSettings { command: words, folder: folder(data).join(place) })
}

/// The user's runtime folder, which no disk keeps, else the cache; inside claw's own folder where one is named.
fn folder(data: &Sourced<PathBuf>) -> PathBuf {
    let dirs = directories::ProjectDirs::from("", "", "claw").filter(|_| data.origin == Origin::Default);
    let folder = dirs.as_ref().map(|dirs| dirs.runtime_dir().unwrap_or_else(|| dirs.cache_dir()));
    folder.unwrap_or(&data.value).join("entra")
}

/// The SSH agent's socket.
pub fn agent(sources: &Sources<'_>, rows: &mut Vec<Row>) -> Option<PathBuf> {
    let socket = sources.variable("SSH_AUTH_SOCK");
    rows.push(Row::maybe("ssh-agent", socket.as_ref()));
    socket.map(|socket| socket.value.into())
}
