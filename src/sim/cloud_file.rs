//! The folder a client is pointed at: `ca.pem`, `unknown.log`, `federated-token`, and `cloud.json`, whose presence means ready.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use serde_json::json;

use super::{SimError, account::Account};

/// Makes the folder for its owner only; one that exists keeps its mode (it may be anybody's).
pub fn make_folder(dir: &Path) -> Result<(), SimError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| SimError::Write { path: dir.to_owned(), source })
}

/// Writes a file for its owner only; a reader sees the old one or the new one, never half of it.
pub fn write_private(path: &Path, text: &str) -> Result<(), SimError> {
    let write = || -> io::Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.{}", std::process::id()));
        let _ = fs::remove_file(&temporary);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        fs::rename(&temporary, path)
    };
    write().map_err(|source| SimError::Write { path: path.to_owned(), source })
}

/// Adds a line to a file for its owner only.
pub fn append_private(path: &Path, line: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    io::Write::write_all(&mut file, format!("{line}\n").as_bytes())
}

/// The text of `cloud.json`, schema `claw/cloud/v1`.
pub fn cloud_json(account: &Account, port: u16) -> String {
    let value = json!({
        "schema": "claw/cloud/v1",
        "environment": account.cloud.name(),
        "proxy": format!("http://127.0.0.1:{port}"),
        "ca": "ca.pem",
        "tenant": account.tenant,
        "subscription": account.subscription,
        "credential": {
            "kind": "client-secret",
            "clientId": account.client_id,
            "clientSecret": account.client_secret,
        },
        "pid": std::process::id(),
    });
    format!("{value:#}\n")
}
