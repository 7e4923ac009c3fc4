//! The Azure CLI, signed in to an embedded cloud of its own.

use std::{path::PathBuf, process::Command};

use serde_json::Value;

use crate::cloud::Cloud;

pub struct Az {
    pub cloud: Cloud,
    program: PathBuf,
    pub subscription: String,
    pub tenant: String,
    pub client: String,
}

/// `target/tools/azure-cli`, or what `CLAW_AZ` names; `None`, said aloud, where it is not installed.
/// On a build machine (`CI=true`) its absence is a failure.
fn program() -> Option<PathBuf> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools/azure-cli/bin/az");
    let path = std::env::var_os("CLAW_AZ").map_or(own, PathBuf::from);
    if path.exists() {
        return Some(path);
    }
    let message =
        format!("the Azure CLI is not there ({}): tests/run.sh installs it; nothing is judged", path.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
    eprintln!("{message}");
    None
}

impl Az {
    pub fn login() -> Option<Self> {
        let program = program()?;
        let cloud = Cloud::start("fast.toml");
        let file: Value =
            serde_json::from_str(&std::fs::read_to_string(cloud.path("sim/cloud.json")).unwrap()).unwrap();
        let text = |name: &str| file.pointer(name).unwrap().as_str().unwrap().to_owned();
        let az = Self {
            program,
            subscription: text("/subscription"),
            tenant: text("/tenant"),
            client: text("/credential/clientId"),
            cloud,
        };
        let secret = text("/credential/clientSecret");
        let signed_in =
            az.run(&["login", "--service-principal", "-u", &az.client, "-p", &secret, "--tenant", &az.tenant]);
        assert_eq!(signed_in[0]["id"], az.subscription.as_str(), "{signed_in}");
        Some(az)
    }

    fn command(&self, args: &[&str]) -> std::process::Output {
        let file: Value =
            serde_json::from_str(&std::fs::read_to_string(self.cloud.path("sim/cloud.json")).unwrap()).unwrap();
        Command::new(&self.program)
            .current_dir(self.cloud.path(""))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.cloud.path(""))
            .env("AZURE_CONFIG_DIR", self.cloud.path("az"))
            .env("REQUESTS_CA_BUNDLE", self.cloud.path("sim/ca.pem"))
            .env("HTTPS_PROXY", file["proxy"].as_str().unwrap())
            .envs([("AZURE_CORE_COLLECT_TELEMETRY", "no"), ("AZURE_CORE_NO_COLOR", "1")])
            .args(args)
            .args(["-o", "json"])
            .output()
            .unwrap()
    }

    /// What `az ARGS` answers; fails with everything it said.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Value {
        let output = self.command(args);
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let unknown = self.cloud.unknown_requests();
        assert!(output.status.success(), "az {}\n{stdout}\n{stderr}\nunknown to the cloud:\n{unknown}", args.join(" "));
        serde_json::from_str(&stdout).unwrap_or_default()
    }

    /// The last line of why `az ARGS` failed.
    #[track_caller]
    pub fn refused(&self, args: &[&str]) -> String {
        let output = self.command(args);
        assert!(!output.status.success(), "az {} went through", args.join(" "));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    pub fn group(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/openclaw-rg", self.subscription)
    }

    pub fn vm(&self, name: &str) -> String {
        format!("{}/providers/Microsoft.Compute/virtualMachines/{name}", self.group())
    }

    /// Everything that az asked was understood.
    #[track_caller]
    pub fn was_understood(&self) {
        assert_eq!(self.cloud.unknown_requests(), "");
    }
}
