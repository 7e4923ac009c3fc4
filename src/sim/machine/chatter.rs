//! What a real bootstrap prints between its markers, more or less.

use super::settings::Settings;

const PACKAGES: [&str; 8] = [
    "Get:1 noble/main amd64 ca-certificates all 20240203 [160 kB]",
    "Selecting previously unselected package jq.",
    "Unpacking libjq1:amd64 (1.7.1-3build1) ...",
    "Setting up dbus-user-session (1.14.10-4ubuntu4.1) ...",
    "Setting up unattended-upgrades (2.9.1+nmu4ubuntu1) ...",
    "Processing triggers for man-db (2.12.0-4build2) ...",
    "\u{1b}[33mW:\u{1b}[0m waiting for the package lock held by another extension",
    "Setting up npm (9.2.0~ds1-2) ...",
];

/// The n-th line of a stage.
pub fn line(stage: &str, n: u32, settings: &Settings) -> String {
    match stage {
        "packages" => PACKAGES[n as usize % PACKAGES.len()].to_owned(),
        "node" => format!("npm \u{1b}[32mhttp\u{1b}[0m fetch GET 200 node@24.21.0 attempt {} (cache miss)", n + 1),
        "identity" if n == 0 => format!("client ID {}", settings.value("CLAW_IDENTITY_CLIENT_ID")),
        "identity" => format!("identity not ready yet, try {n} of 30"),
        "vault" => {
            format!("asking vault {} for {}", settings.value("CLAW_VAULT"), settings.value("CLAW_SHARED_SECRET"))
        }
        "openclaw" => {
            let version = settings.value("CLAW_OPENCLAW_VERSION");
            format!("npm \u{1b}[32mreify\u{1b}[0m openclaw@{version} {} of 330 packages ✓", (n + 1).min(330))
        }
        "config" if n > 0 => format!("openclaw.json: key {n} checked"),
        "config" => format!("writing openclaw.json for {}", settings.value("CLAW_MEMBER_LOGIN")),
        "service" => format!("gateway not ready yet, try {} of 60", n + 1),
        other => format!("{other}: line {}", n + 1),
    }
}
