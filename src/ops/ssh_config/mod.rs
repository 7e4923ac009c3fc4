//! `ssh --config`: entries for OpenSSH's own configuration, so that scp, rsync and editors find the machines.

mod book;

use std::{
    fmt::Write,
    fs::File,
    path::{Path, PathBuf},
};

use super::{
    OpsError, Session,
    find::{self, Found},
    shell::{keep, known_hosts},
};
use crate::{
    fleet::{
        instance::{Door, Instance},
        names::Names,
    },
    remote::Identity,
};
use book::{Book, Entry, Scope, fleet_of};

/// What was written.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SshConfig {
    pub file: PathBuf,
    /// The shortest name of each entry that was written.
    pub hosts: Vec<String>,
    /// Machines without an entry, each with the reason.
    pub left_out: Vec<String>,
    /// The machines of `hosts`.
    #[serde(skip)]
    pub machines: Vec<String>,
}

/// Writes an entry for the named machine; without a name for the whole team, or without a team.json for the caller's
/// own machines, and what is gone of these loses its entry. Other fleets' entries stay. `claw` is the command line that
/// runs this claw on this cloud, quoted for a shell.
pub async fn write(session: &Session, name: Option<&str>, claw: &str) -> Result<SshConfig, OpsError> {
    let (machines, scope) = seen(session, name).await?;
    let identity = session.remote().identity(&session.settings().admin).await;
    let identity = identity.map_err(|said| {
        let mut error = OpsError::failed("there is nothing to sign in with").with_remedy("run `az login`");
        error.causes = said;
        error
    })?;
    let data = &session.settings().data;
    let file = data.join("ssh_config");
    let mut written = SshConfig { file, hosts: Vec::new(), left_out: Vec::new(), machines: Vec::new() };
    // Two runs at a time would forget each other's entries. Dropping it lets go; not every file system has locks.
    let folder = File::open(data).ok();
    let _ = folder.as_ref().map(File::lock);
    let mut book = Book::read(&std::fs::read_to_string(&written.file).unwrap_or_default());
    let is_own: Vec<bool> = machines.iter().map(|i| book.is_own(&fleet(i), &i.name)).collect();
    book.forget(&scope);
    for (instance, was_own) in machines.iter().zip(is_own) {
        match pinned(instance) {
            Err(why) => written.left_out.push(format!("{}: {why}", instance.name)),
            Ok(key) => {
                let known = known_hosts(session, instance)?;
                keep(&known, &format!("{} {key}\n", instance.name))?;
                let (fleet, machine) = (fleet(instance), instance.name.clone());
                let names = book.names(&fleet, &machine);
                let text = entry(instance, &names, &known, &identity, claw)?;
                let own = matches!(scope, Scope::Own) || (was_own && matches!(scope, Scope::One));
                book.put(Entry { fleet, machine, own, text });
                written.hosts.extend(names.into_iter().next());
                written.machines.push(instance.name.clone());
            }
        }
    }
    keep(&written.file, &book.written())?;
    Ok(written)
}

async fn seen(session: &Session, name: Option<&str>) -> Result<(Vec<Instance>, Scope), OpsError> {
    Ok(match name {
        Some(name) => (vec![find::find(session, Some(name)).await?.instance], Scope::One),
        None if session.team_file()?.is_some() => {
            let (names, _, machines) = session.machines().await?;
            (machines.value, Scope::Fleet(fleet_of(&names)))
        }
        None => (find::own(session).await?, Scope::Own),
    })
}

/// Where a machine lives, as the file has it.
fn fleet(instance: &Instance) -> String {
    Names::of_machine(&instance.id, "").map_or_else(|| "?/?".to_owned(), |names| fleet_of(&names))
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
fn entry(
    instance: &Instance,
    names: &[String],
    known: &Path,
    identity: &Identity,
    claw: &str,
) -> Result<String, OpsError> {
    let name = &instance.name;
    let mut text = format!("Host {}\n    HostKeyAlias {name}\n", names.join(" "));
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
        let _ = write!(
            text,
            "Match originalhost {} exec \"{renew}\"\n    CertificateFile {}\n",
            names.join(","),
            quoted(certificate)?
        );
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
