//! `claw ssh NAME`: the OpenSSH client, pointed at the machine with its pinned key.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::{
    OpsError, Session,
    activity::{self, Act, Ending},
    session::short,
    settings::make_private,
    snapshot::stem,
};
use crate::{
    fleet::{
        instance::{Door, Instance},
        names::Names,
    },
    remote::{Identity, SIGN_IN_SECRET},
};

/// What the machine may still say after OpenSSH has ended.
const LINGER: std::time::Duration = std::time::Duration::from_secs(5);

/// The `ssh` command for an interactive session, not started yet. claw signs in once by itself before, so that
/// OpenSSH is given what works, and claw says what doesn't. `proxy` is the command line that connects standard
/// input and output with `%h:%p`, used when claw itself goes through a proxy.
pub async fn command(session: &Session, instance: &Instance, proxy: &str) -> Result<Command, OpsError> {
    let ending = |_: &Command| Ending::done("signed in");
    activity::kept(session, Act::new("ssh").on([short(instance)]), prepare(session, instance, proxy), ending).await
}

/// The same for who has no command line of their own at hand: connects with this very program.
pub async fn own_command(session: &Session, machine: &str) -> Result<Command, OpsError> {
    let exe = std::env::current_exe().map_err(|e| OpsError::failed(format!("can't find claw's own program: {e}")))?;
    let data = session.settings().data.display().to_string();
    let mut words = vec![exe.display().to_string(), "--data".to_owned(), data];
    // Nobody signs in for a proxy, so it does not matter as whom.
    if let Some(cloud) = session.settings().said("cloud").filter(|cloud| !cloud.is_empty()) {
        words.extend(["--cloud".to_owned(), cloud.to_owned()]);
    }
    let words: Vec<_> = words.iter().map(|w| word(w)).collect();
    let (_, _, instance) = session.find(machine).await?;
    command(session, &instance, &format!("{} dial %h %p", words.join(" "))).await
}

async fn prepare(session: &Session, instance: &Instance, proxy: &str) -> Result<Command, OpsError> {
    session.may_change()?;
    let target = session.target(instance)?;
    let signed_in = session.remote().sign_in(&target).await;
    let (identity, host_key) = signed_in.map_err(|e| OpsError::shut_out(e, instance))?;
    let Door::Ssh { address, .. } = &target.door;
    let known = known_hosts(session, instance)?;
    keep(&known, &format!("{} {host_key}\n", instance.name))?;

    let mut ssh = Command::new("ssh");
    ssh.env_remove(SIGN_IN_SECRET);
    ssh.args(["-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes"]);
    ssh.args(["-o", "ForwardAgent=no", "-o", "ConnectTimeout=8", "-o", "HostKeyAlgorithms=ssh-ed25519"]);
    // A connection that died without a word is noticed within a minute.
    ssh.args(["-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3"]);
    ssh.arg("-o").arg(format!("HostKeyAlias={}", instance.name));
    ssh.arg("-o").arg(format!("UserKnownHostsFile={}", option(&known)));
    match identity {
        Identity::Certificate { login, key, certificate } => {
            ssh.arg("-l").arg(login).arg("-i").arg(percent(&key));
            ssh.arg("-o").arg(format!("CertificateFile={}", option(&certificate)));
        }
        Identity::Agent { login, key } => {
            // With IdentitiesOnly, OpenSSH finds the agent's key by its public half.
            let public = key.to_openssh().map_err(|e| OpsError::failed(format!("the agent's key is unusable: {e}")))?;
            let file = known.with_file_name(format!("{}.agent.pub", instance.name));
            keep(&file, &format!("{public}\n"))?;
            ssh.arg("-l").arg(login).arg("-i").arg(percent(&file));
        }
        Identity::File { login, key } => {
            ssh.arg("-l").arg(login).arg("-i").arg(percent(&key));
        }
    }
    if session.settings().cloud.proxy.is_some() {
        ssh.arg("-o").arg(format!("ProxyCommand={proxy}"));
    }
    ssh.arg(address);
    Ok(ssh)
}

/// The file for a machine's pinned key, in its fleet's folder: two fleets may have machines of the same name.
pub(super) fn known_hosts(session: &Session, instance: &Instance) -> Result<PathBuf, OpsError> {
    let mut folder = session.settings().data.join("known_hosts");
    make_private(&folder)?;
    if let Some(names) = Names::of_machine(&instance.id, "") {
        folder.push(stem(&names.subscription, &names.resource_group));
        make_private(&folder)?;
    }
    Ok(folder.join(&instance.name))
}

/// OpenSSH replaces `%x` in paths and commands.
fn percent(path: &Path) -> String {
    path.display().to_string().replace('%', "%%")
}

/// A path as the value of an option in ssh_config(5).
fn option(path: &Path) -> String {
    format!("\"{}\"", percent(path).replace('\\', r"\\").replace('"', "\\\""))
}

/// A word of the `proxy` command line. OpenSSH splits it by its own rules to see that the quotes are right, replaces
/// `%x`, and gives it to the shell as it was.
pub fn word(text: &str) -> String {
    // A backslash before a closing quote would mean different things to the two.
    let quoted = text.replace('%', "%%").replace('\\', "\0").replace('\'', r"'\''").replace('\0', "'\"\\\\\"'");
    format!("'{quoted}'")
}

/// Writes a file whole or not at all.
pub(super) fn keep(path: &Path, text: &str) -> Result<(), OpsError> {
    let fail = |e: std::io::Error| OpsError::failed(format!("can't write {}: {e}", path.display()));
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    file.persist(path).map_err(|e| fail(e.error))?;
    Ok(())
}

/// Connects to `host:port` through the cloud's proxy, for the `ProxyCommand` above.
pub async fn dial(session: &Session, host: &str, port: u16) -> Result<(), OpsError> {
    if session.settings().cloud.proxy.is_none() {
        return Err(OpsError::input("there is no proxy to go through", "connect directly"));
    }
    carry(session, &format!("{host}:{port}")).await
}

/// Connects standard input and output to an address, through the cloud's proxy where there is one.
pub(super) async fn carry(session: &Session, address: &str) -> Result<(), OpsError> {
    let proxy = session.settings().cloud.proxy.as_ref();
    let stream = crate::remote::dial(proxy, address).await.map_err(|e| OpsError::failed(e.to_string()))?;
    between(tokio::io::stdin(), tokio::io::stdout(), stream).await;
    Ok(())
}

/// Carries bytes both ways until the machine's side ends, or until it has had its time after the near side ended.
/// Either side closing is no error. A near side that never ends keeps nothing open: OpenSSH waits for us to end.
async fn between(
    mut input: impl AsyncRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
    stream: impl AsyncRead + AsyncWrite,
) {
    let (mut from, mut to) = tokio::io::split(stream);
    let back = async {
        let _ = tokio::io::copy(&mut from, &mut output).await;
        let _ = output.flush().await;
    };
    tokio::pin!(back);
    let there = async {
        let _ = tokio::io::copy(&mut input, &mut to).await;
        let _ = to.shutdown().await;
    };
    tokio::select! {
        () = &mut back => return,
        () = there => {}
    }
    let _ = tokio::time::timeout(LINGER, back).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_the_shell_and_opensshs_own_rules() {
        for path in ["/plain", "/it's", "/50%h", r"/back\slash\", r#"/a "b" $HOME #"#] {
            let mut ssh = Command::new("ssh");
            ssh.args(["-G", "-o", &format!("ProxyCommand={} %h", word(path)), "-o"]);
            let output =
                ssh.arg(format!("UserKnownHostsFile={}", option(Path::new(path)))).arg("host").output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{path}: {told}");
            // What OpenSSH does to the command before the shell gets it.
            let command = format!("printf %s {}", word(path).replace("%%", "%"));
            let output = Command::new("sh").arg("-c").arg(command).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), path);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_either_side_ends_it() {
        // The far side is gone while the near one stays open for ever.
        let (near, _held) = tokio::io::duplex(64);
        let (far, gone) = tokio::io::duplex(64);
        drop(gone);
        between(near, tokio::io::sink(), far).await;

        // The near side is gone, and the far one never answers.
        let (far, _silent) = tokio::io::duplex(64);
        between(tokio::io::empty(), tokio::io::sink(), far).await;
    }

    #[tokio::test]
    async fn what_comes_after_the_near_side_has_ended_still_arrives() {
        let (far, mut machine) = tokio::io::duplex(64);
        let mut got = Vec::new();
        let answers = async {
            let mut asked = Vec::new();
            tokio::io::AsyncReadExt::read_to_end(&mut machine, &mut asked).await.unwrap();
            machine.write_all(&asked).await.unwrap();
            drop(machine);
        };
        tokio::join!(between(&b"hello"[..], &mut got, far), answers);
        assert_eq!(got, b"hello");
    }
}
