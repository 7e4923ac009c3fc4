//! Has a certificate made: `az ssh cert`, or whatever stands in for it.

use std::{
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use russh::keys::{
    PrivateKey,
    key::safe_rng,
    ssh_key::{LineEnding, private::RsaKeypair},
};
use tokio::{process::Command, time::timeout};

use super::super::error::printable;

/// Entra certifies RSA keys only (azure.md §6.1); 3072 bits as `ssh-keygen` makes them.
const BITS: usize = 3072;
/// For the whole command: `az` takes one to two seconds (azure.md §6.6), more when it has to renew a token.
const PATIENCE: Duration = Duration::from_secs(30);

/// The one variable that may hold a secret of claw's; no program that claw starts gets it.
pub const SIGN_IN_SECRET: &str = "AZURE_CLIENT_SECRET";

/// Makes a folder that only its owner may enter; fails on one that belongs to somebody else.
pub fn private_folder(folder: &Path) -> Result<(), String> {
    let fail = |e: std::io::Error| format!("the folder {} can't be used ({e})", folder.display());
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(fail)
}

/// The key that gets certified, made once, with its public half beside it.
pub async fn key(path: &Path) -> Result<(), String> {
    let public = path.with_extension("pub");
    if path.exists() && public.exists() {
        return Ok(());
    }
    let made = tokio::task::spawn_blocking(|| RsaKeypair::random(&mut safe_rng(), BITS)).await;
    let made = made.map_err(|e| e.to_string()).and_then(|made| made.map_err(|e| e.to_string()));
    let mut key = PrivateKey::from(made.map_err(|e| format!("no RSA key could be made ({e})"))?);
    key.set_comment("claw");
    let odd = |e: russh::keys::ssh_key::Error| format!("the new RSA key can't be written ({e})");
    let line = key.public_key().to_openssh().map_err(odd)?;
    // Who finds one without the other begins anew.
    keep(path, &key.to_openssh(LineEnding::LF).map_err(odd)?)?;
    keep(&public, &format!("{line}\n"))
}

/// Writes a file whole or not at all, readable by its owner only.
pub fn keep(path: &Path, text: &str) -> Result<(), String> {
    let fail = |e: std::io::Error| format!("{} can't be written ({e})", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    file.persist(path).map_err(|e| fail(e.error))?;
    Ok(())
}

/// Runs `COMMAND --public-key-file KEY.pub --file FILE`, as `az ssh cert` wants it, and gives what is in FILE then.
pub async fn run(command: &[String], key: &Path, folder: &Path) -> Result<String, String> {
    let (program, arguments) = command.split_first().ok_or("no command for certificates is named")?;
    let shown = command.join(" ");
    let place = tempfile::tempdir_in(folder).map_err(|e| format!("{} can't be used ({e})", folder.display()))?;
    let file: PathBuf = place.path().join("certificate.pub");
    let mut running = Command::new(program);
    running.args(arguments).arg("--public-key-file").arg(key.with_extension("pub")).arg("--file").arg(&file);
    running.env_remove(SIGN_IN_SECRET).stdin(Stdio::null()).kill_on_drop(true);
    let ended = match timeout(PATIENCE, running.output()).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(e)) if e.kind() == std::io::ErrorKind::NotFound => return Err(format!("`{program}` is not installed")),
        Ok(Err(e)) => return Err(format!("`{shown}` can't be run ({e})")),
        Err(_) => return Err(format!("`{shown}` did not end within {}", humantime::format_duration(PATIENCE))),
    };
    if !ended.status.success() {
        return Err(format!("`{shown}` failed: {}", complaint(&String::from_utf8_lossy(&ended.stderr))));
    }
    fs::read_to_string(&file).map_err(|e| format!("`{shown}` left no certificate ({e})"))
}

/// The line that says why, with what helps where `az` has no ssh yet.
fn complaint(said: &str) -> String {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let line =
        lines().find(|line| line.starts_with("ERROR")).or_else(|| lines().next_back()).unwrap_or("it did not say why");
    // Below Entra's refusal az names the command that signs in again (azure-cli, core/auth/util.py).
    let again = lines().find(|other| other.starts_with("az login") && *other != line).map(printable);
    let help = match again {
        _ if said.contains("'ssh' is misspelled") => " (az extension add --name ssh)".to_owned(),
        Some(command) => format!(" ({command})"),
        None => String::new(),
    };
    format!("{}{help}", printable(line.trim_start_matches("ERROR:").trim()))
}
