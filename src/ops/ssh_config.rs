//! `ssh --config`: entries for OpenSSH's own configuration, so that scp, rsync and editors find the machines.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use super::{
    OpsError, Session,
    find::{self, Found},
    settings::make_private,
    shell::keep,
};
use crate::{
    fleet::{
        instance::{Door, Instance},
        names::Names,
    },
    remote::Identity,
};

/// What was written.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SshConfig {
    pub file: PathBuf,
    /// Names that OpenSSH knows now.
    pub hosts: Vec<String>,
    /// Machines without an entry, each with the reason.
    pub left_out: Vec<String>,
}

/// Writes an entry for each named machine; without a name for the whole team, or without a team.json for the caller's
/// own machines. `claw` is the command line that runs this claw on this cloud, quoted for a shell.
pub async fn write(session: &Session, name: Option<&str>, claw: &str) -> Result<SshConfig, OpsError> {
    let machines = match name {
        Some(name) => vec![find::find(session, Some(name)).await?.instance],
        None if session.team_file()?.is_some() => session.machines().await?.2.value,
        None => find::own(session).await?,
    };
    let identity = session.remote().identity(&session.settings().admin).await;
    let identity = identity.map_err(|said| {
        let mut error = OpsError::failed("there is nothing to sign in with").with_remedy("run `az login`");
        error.causes = said;
        error
    })?;
    let folder = session.settings().data.join("known_hosts");
    make_private(&folder)?;
    let mut written =
        SshConfig { file: session.settings().data.join("ssh_config"), hosts: Vec::new(), left_out: Vec::new() };
    let mut text = String::from("# Written by `claw ssh --config`, and written anew by the next one.\n");
    for instance in &machines {
        let known = folder.join(&instance.name);
        match pinned(instance) {
            Err(why) => written.left_out.push(format!("{}: {why}", instance.name)),
            Ok(key) => {
                keep(&known, &format!("{} {key}\n", instance.name))?;
                text.push_str(&entry(instance, &known, &identity, claw)?);
                written.hosts.push(instance.name.clone());
            }
        }
    }
    keep(&written.file, &text)?;
    Ok(written)
}

fn pinned(instance: &Instance) -> Result<String, &'static str> {
    match instance.door() {
        None => Err("it has no address"),
        Some(Door::Ssh { host_key: None, .. }) => Err("its host key is not known yet; claw up pins it"),
        Some(Door::Ssh { host_key: Some(key), .. }) => Ok(key.split_whitespace().take(2).collect::<Vec<_>>().join(" ")),
    }
}

/// One machine. claw itself connects, so that one that is off is started and its address is today's; the pinned key
/// is held by OpenSSH.
fn entry(instance: &Instance, known: &Path, identity: &Identity, claw: &str) -> Result<String, OpsError> {
    let name = &instance.name;
    let mut text = format!("\nHost {name}\n    HostKeyAlias {name}\n");
    let mut line = |words: &str, value: &str| {
        // A String takes everything.
        let _ = writeln!(text, "    {words} {value}");
    };
    let place = Names::of_machine(&instance.id, "");
    let place = place.map(|n| format!(" --subscription '{}' --group '{}'", n.subscription, n.resource_group));
    let place = place.unwrap_or_default();
    line("ProxyCommand", &format!("{}{place} ssh --stdio {name}", claw.replace('%', "%%")));
    line("UserKnownHostsFile", &quoted(known)?);
    line("StrictHostKeyChecking", "yes");
    line("HostKeyAlgorithms", "ssh-ed25519");
    line("ForwardAgent", "no");
    let (login, key) = match identity {
        Identity::Certificate { login, key, .. } | Identity::File { login, key } => (login, Some(key)),
        Identity::Agent { login, .. } => (login, None),
    };
    line("User", login);
    if let Some(key) = key {
        line("IdentitiesOnly", "yes");
        line("IdentityFile", &quoted(key)?);
    }
    if let Identity::Certificate { certificate, .. } = identity {
        // An Entra certificate is good for an hour: renewed before OpenSSH reads it (azure.md §6.3).
        let renew = format!("{} ssh --renew", claw.replace('%', "%%"));
        let _ =
            write!(text, "Match originalhost {name} exec \"{renew}\"\n    CertificateFile {}\n", quoted(certificate)?);
    }
    Ok(text)
}

/// A path for OpenSSH's configuration, which knows no escapes inside quotes but `%`.
fn quoted(path: &Path) -> Result<String, OpsError> {
    let text = path.display().to_string();
    if text.contains(['"', '\n', '\\']) {
        let message = format!("OpenSSH can't be told of a path with such signs in it: {text}");
        return Err(OpsError::input(message, "choose another folder with --data DIR"));
    }
    Ok(format!("\"{}\"", text.replace('%', "%%")))
}

/// Has a good certificate ready; `Match … exec` of the entries.
pub async fn renew(session: &Session) -> Result<(), OpsError> {
    let renewed = session.remote().identity(&session.settings().admin).await;
    renewed.map(|_| ()).map_err(|said| OpsError::failed(said.join("; ")).with_remedy("az login"))
}

/// Carries standard input and output to the machine's SSH server; `ProxyCommand` of the entries.
pub async fn carry(session: &Session, Found { instance, .. }: Found) -> Result<(), OpsError> {
    let Door::Ssh { address, .. } = session.target(&instance)?.door;
    super::shell::carry(session, &address).await
}
