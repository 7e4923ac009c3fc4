//! Microsoft's published schemas and checkov's policies about what claw sends.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

const FILES: [&str; 4] =
    ["assets/infra/fleet.json", "assets/infra/member.json", "tests/golden/fleet.json", "tests/golden/member.json"];

/// Findings that stay, each with its reason; one that no longer comes up has to go from here.
const ACCEPTED: [(&str, &str, &str); 11] = [
    ("CKV_AZURE_109", "vaults", "machines and operators reach the vault from anywhere; roles are the boundary"),
    ("CKV_AZURE_189", "vaults", "the same: without public access each team would need a private network first"),
    ("CKV_AZURE_110", "vaults", "purge protection can't be undone and would keep a name for 7 days after claw down"),
    ("CKV_AZURE_42", "vaults", "soft delete is on for 7 days; what else it asks for is purge protection"),
    ("CKV_AZURE_178", "virtualMachineScaleSets", "the set has no profile; its VMs take SSH keys only"),
    ("CKV_AZURE_95", "virtualMachineScaleSets", "Uniform only; unattended-upgrades patches each machine"),
    ("CKV_AZURE_97", "virtualMachineScaleSets", "belongs to a profile, which the set hasn't"),
    ("CKV_AZURE_49", "virtualMachineScaleSets", "belongs to a profile, which the set hasn't"),
    ("CKV_AZURE_151", "virtualMachines", "about Windows; disks are encrypted by the platform"),
    ("CKV_AZURE_97", "virtualMachines", "encryption at host must first be registered in each subscription"),
    ("CKV_AZURE_50", "virtualMachines", "the one extension is what lets Entra users log in"),
];

/// A Python that has the judges; `None`, said aloud, where they are not installed, which fails under `CI=true`.
fn python() -> Option<PathBuf> {
    let bin = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/judges/bin");
    if bin.join("checkov").exists() {
        return Some(bin);
    }
    absent("checkov and jsonschema", &bin);
    None
}

fn absent(what: &str, at: &Path) {
    let message = format!("{what}: not there ({}); nothing is judged", at.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
    eprintln!("{message}");
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn every_resource_follows_its_published_schema() {
    let Some(bin) = python() else { return };
    let shared = std::env::var_os("CLAW_SHARED").map_or_else(|| file("../shared"), PathBuf::from);
    let script = shared.join("rigs/arm_schema.py");
    if !script.exists() {
        return absent("the published schemas", &shared);
    }
    let output = Command::new(bin.join("python"))
        .arg(script)
        .arg(shared.join("arm-schemas"))
        .args(FILES.map(file))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let verdicts: Vec<&str> = text.lines().filter(|line| line.contains('@')).collect();
    // Microsoft publishes none for extensions of this version.
    let unpublished = "virtualMachines/extensions@2024-07-01: NO PUBLISHED SCHEMA";
    let wrong: Vec<&&str> = verdicts.iter().filter(|v| !v.ends_with(": ok") && !v.ends_with(unpublished)).collect();
    assert!(wrong.is_empty() && verdicts.len() == 24, "{text}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn checkov_finds_nothing_that_is_not_accepted_for_a_reason() {
    let Some(bin) = python() else { return };
    let templates = ["assets/infra/fleet.json", "assets/infra/member.json"].map(file);
    let output = Command::new(bin.join("checkov"))
        .args(["--framework", "arm", "--skip-download", "--quiet", "-o", "json", "-f"])
        .args(templates)
        .env("LOG_LEVEL", "ERROR")
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
    let mut found: Vec<(String, String)> = report["results"]["failed_checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            let kind = f["resource"].as_str().unwrap().split(['/', '.']).nth(2).unwrap_or_default();
            (f["check_id"].as_str().unwrap().to_owned(), kind.to_owned())
        })
        .collect();
    found.sort();
    let mut accepted: Vec<(String, String)> =
        ACCEPTED.iter().map(|(id, kind, _)| ((*id).to_owned(), (*kind).to_owned())).collect();
    accepted.sort();
    assert_eq!(found, accepted);
}
