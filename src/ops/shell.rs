//! `claw ssh NAME`: the OpenSSH client, pointed at the machine with its pinned key.

use std::{io::Write, path::Path, process::Command};

use super::{
    OpsError, Session,
    activity::{self, Act, Ending},
    settings::make_private,
};
use crate::{fleet::instance::Door, remote::Identity};

/// The `ssh` command for an interactive session, not started yet. claw signs in once by itself before, so that
/// OpenSSH is given what works, and claw says what doesn't. `proxy` is the command line that connects standard
/// input and output with `%h:%p`, used when claw itself goes through a proxy.
pub async fn command(session: &Session, machine: &str, proxy: &str) -> Result<Command, OpsError> {
    let ending = |_: &Command| Ending::done("signed in");
    activity::kept(session, Act::new("ssh").on([machine]), prepare(session, machine, proxy), ending).await
}

/// The same for who has no command line of their own at hand: connects with this very program.
pub async fn own_command(session: &Session, machine: &str) -> Result<Command, OpsError> {
    let exe = std::env::current_exe().map_err(|e| OpsError::failed(format!("can't find claw's own program: {e}")))?;
    let (cloud, data) = (session.settings().said("cloud").unwrap_or_default(), &session.settings().data);
    let proxy = format!("'{}' --cloud '{cloud}' --data '{}' dial %h %p", exe.display(), data.display());
    command(session, machine, &proxy).await
}

async fn prepare(session: &Session, machine: &str, proxy: &str) -> Result<Command, OpsError> {
    let (_, _, instance) = session.find(machine).await?;
    let target = session.target(&instance)?;
    let signed_in = session.remote().sign_in(&target).await;
    let (identity, host_key) = signed_in.map_err(|e| OpsError::shut_out(e, &instance))?;
    let Door::Ssh { address, .. } = &target.door;
    let folder = session.settings().data.join("known_hosts");
    make_private(&folder)?;
    let known = folder.join(&instance.name);
    keep(&known, &format!("{} {host_key}\n", instance.name))?;

    let mut ssh = Command::new("ssh");
    ssh.args(["-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes"]);
    ssh.args(["-o", "ForwardAgent=no", "-o", "ConnectTimeout=8", "-o", "HostKeyAlgorithms=ssh-ed25519"]);
    ssh.arg("-o").arg(format!("HostKeyAlias={}", instance.name));
    ssh.arg("-o").arg(format!("UserKnownHostsFile=\"{}\"", known.display()));
    match identity {
        Identity::Certificate { login, key, certificate } => {
            ssh.arg("-l").arg(login).arg("-i").arg(key);
            ssh.arg("-o").arg(format!("CertificateFile=\"{}\"", certificate.display()));
        }
        Identity::Agent { login, key } => {
            // With IdentitiesOnly, OpenSSH finds the agent's key by its public half.
            let public = key.to_openssh().map_err(|e| OpsError::failed(format!("the agent's key is unusable: {e}")))?;
            let file = folder.join(format!("{}.agent.pub", instance.name));
            keep(&file, &format!("{public}\n"))?;
            ssh.arg("-l").arg(login).arg("-i").arg(file);
        }
        Identity::File { login, key } => {
            ssh.arg("-l").arg(login).arg("-i").arg(key);
        }
    }
    if session.settings().cloud.proxy.is_some() {
        ssh.arg("-o").arg(format!("ProxyCommand={proxy}"));
    }
    ssh.arg(address);
    Ok(ssh)
}

/// Writes a file whole or not at all.
fn keep(path: &Path, text: &str) -> Result<(), OpsError> {
    let fail = |e: std::io::Error| OpsError::failed(format!("can't write {}: {e}", path.display()));
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    file.persist(path).map_err(|e| fail(e.error))?;
    Ok(())
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
