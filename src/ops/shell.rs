//! `claw ssh NAME`: the OpenSSH client, pointed at the machine with its pinned key.

use std::{io::Write, process::Command};

use super::{OpsError, Session, settings::make_private};
use crate::fleet::instance::Door;

/// The `ssh` command for an interactive session, not started yet. `proxy` is the command line that
/// connects standard input and output with `%h:%p`, used when claw itself goes through a proxy.
pub async fn command(session: &Session, machine: &str, proxy: &str) -> Result<Command, OpsError> {
    let (_, _, instance) = session.find(machine).await?;
    let target = session.target(&instance)?;
    let Door::Ssh { address, host_key } = &target.door;
    let host_key = host_key.as_ref().ok_or_else(|| {
        OpsError::refused(format!("the host key of {} is not pinned yet", instance.name), "claw up pins it")
    })?;
    let folder = session.settings().data.join("known_hosts");
    make_private(&folder)?;
    let known = folder.join(&instance.name);
    let fail = |e: std::io::Error| OpsError::failed(format!("can't write {}: {e}", known.display()));
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(fail)?;
    writeln!(file, "{} {host_key}", instance.name).map_err(fail)?;
    file.persist(&known).map_err(|e| fail(e.error))?;

    let mut ssh = Command::new("ssh");
    ssh.args(["-l", &target.user, "-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes"]);
    ssh.args(["-o", "ForwardAgent=no", "-o", "ConnectTimeout=8", "-o", "HostKeyAlgorithms=ssh-ed25519"]);
    ssh.arg("-o").arg(format!("HostKeyAlias={}", instance.name));
    ssh.arg("-o").arg(format!("UserKnownHostsFile=\"{}\"", known.display()));
    for key in &session.settings().ssh_keys {
        ssh.arg("-i").arg(key);
    }
    if session.settings().cloud.proxy.is_some() {
        ssh.arg("-o").arg(format!("ProxyCommand={proxy}"));
    }
    ssh.arg(address);
    Ok(ssh)
}

/// Connects to `host:port` through the cloud's proxy, for the `ProxyCommand` above.
pub async fn dial(session: &Session, host: &str, port: u16) -> Result<(), OpsError> {
    let Some(proxy) = &session.settings().cloud.proxy else {
        return Err(OpsError::input("there is no proxy to go through", "connect directly"));
    };
    let address = format!("{host}:{port}");
    let mut stream = crate::remote::dial(Some(proxy), &address).await.map_err(|e| OpsError::failed(e.to_string()))?;
    let mut standard = tokio::io::join(tokio::io::stdin(), tokio::io::stdout());
    // Either side closing ends the session; that is no error.
    let _ = tokio::io::copy_bidirectional(&mut standard, &mut stream).await;
    Ok(())
}
