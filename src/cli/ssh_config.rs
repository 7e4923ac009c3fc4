//! `claw ssh --config`.

use std::{path::Path, process::Stdio};

use tokio::process::Command;

use super::Output;
use crate::ops::{
    OpsError, SIGN_IN_SECRET, Session,
    ssh_config::{self, SshConfig},
};

pub async fn run(session: &Session, name: Option<&str>, claw: &str, output: &Output) -> Result<u8, OpsError> {
    let written = ssh_config::write(session, name, claw).await?;
    written.left_out.iter().for_each(|why| output.note(&format!("left out: {why}")));
    for (host, machine) in written.hosts.iter().zip(&written.machines) {
        check(&written.file, host, machine, output).await?;
        if host != machine {
            output.note(&format!("{machine} stays another fleet's; this fleet's is {host}"));
        }
    }
    output.result("ssh-config", &written, || text(&written));
    Ok(if written.left_out.is_empty() { 0 } else { 4 })
}

fn text(written: &SshConfig) -> String {
    let hosts = match written.hosts.first() {
        None => return "no machine can be entered yet".to_owned(),
        Some(host) => format!("then for example: scp FILE {host}:   ({})", written.hosts.join(", ")),
    };
    format!("As the first line of ~/.ssh/config:\n  Include \"{}\"\n{hosts}", written.file.display())
}

/// OpenSSH has to read the entry as it is meant.
async fn check(file: &Path, host: &str, machine: &str, output: &Output) -> Result<(), OpsError> {
    let read = Command::new("ssh")
        .env_remove(SIGN_IN_SECRET)
        .arg("-G")
        .arg("-F")
        .arg(file)
        .arg(host)
        .stdin(Stdio::null())
        .output()
        .await;
    let read = match read {
        Ok(read) => read,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            output.note("not checked: OpenSSH's client is not installed");
            return Ok(());
        }
        Err(error) => return Err(OpsError::failed(format!("ssh -G can't be run: {error}"))),
    };
    let said = String::from_utf8_lossy(&read.stdout);
    let has = |name: &str, value: &str| said.lines().any(|line| line.split_once(' ') == Some((name, value)));
    if read.status.success() && has("hostkeyalias", machine) && has("stricthostkeychecking", "true") {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&read.stderr).trim().to_owned();
    Err(OpsError::failed(format!("OpenSSH does not read the entry of {host} as it is meant")).caused_by(why))
}
