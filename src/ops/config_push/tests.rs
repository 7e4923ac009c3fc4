//! What happens to one machine, on a real OpenClaw through a real OpenSSH server.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod kept;

use std::{fs, time::Duration};

use serde_json::{Value, json};

use super::{
    MachineDiff,
    machine::{Kept, Machine},
};
use crate::{
    fleet::{config, config_patch::patch_for},
    remote::tests::{openclaw::sshd, real_gateway::OpenClaw, sshd::Sshd},
};

struct Rig {
    openclaw: OpenClaw,
    machine: Machine,
    _sshd: Sshd,
}

impl Rig {
    fn start() -> Option<Self> {
        let openclaw = OpenClaw::start()?;
        let sshd = sshd(&openclaw, "")?;
        let remote = sshd.remote().with_gateway_port(openclaw.port);
        let machine = Machine::at(remote, sshd.target(), Duration::from_secs(40));
        Some(Self { openclaw, machine, _sshd: sshd })
    }

    async fn diff(&self, template: &Value, owned: &[String]) -> MachineDiff {
        let (live, base_hash) = self.machine.live().await.unwrap();
        let patch = patch_for(&live, template, None, owned);
        MachineDiff { machine: "claw-test".into(), changes: config::diff(&live, &patch), base_hash, patch }
    }

    async fn value(&self, pointer: &str) -> Value {
        self.machine.live().await.unwrap().0.pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    fn file(&self) -> String {
        fs::read_to_string(self.openclaw.path("state/openclaw.json")).unwrap()
    }
}

#[tokio::test]
async fn a_config_is_accepted_refused_conflicted_and_brought_back() {
    let Some(rig) = Rig::start() else { return };
    let before = rig.file();

    // Refused by the gateway's own check, which changes nothing.
    let odd = json!({"agents": {"defaults": {"heartbeat": {"every": 7}}}, "gateway": {"nonsense": 1}});
    let why = rig.machine.tries(&odd).await.unwrap().expect("a reason");
    assert!(why.contains("expected string, received number") || why.contains("nonsense"), "{why}");
    let refused = rig.machine.push(&rig.diff(&odd, &[]).await).await.unwrap_err();
    assert!(refused.message.contains("invalid config"), "{refused}");
    assert_eq!(rig.file(), before);
    assert!(!rig.openclaw.path("state/openclaw.json.claw-saved").exists(), "nothing was cut off");

    // Accepted, whatever a shell would make of it; a list loses an entry, which the gateway wants to be said.
    let name = "$(touch x) `y` \"z\" 'w' é\n";
    let template = json!({"agents": {"defaults": {"heartbeat": {"every": "45m", "prompt": name}}},
        "gateway": {"trustedProxies": []}});
    assert_eq!(rig.machine.tries(&template).await.unwrap(), None);
    let diff = rig.diff(&template, &[]).await;
    assert_eq!(diff.changes.len(), 3, "{:?}", diff.changes);
    rig.machine.push(&diff).await.unwrap();
    assert_eq!(rig.value("/agents/defaults/heartbeat/prompt").await, name);
    assert_eq!(rig.value("/gateway/trustedProxies").await, json!([]));
    assert!(rig.diff(&template, &[]).await.changes.is_empty(), "no drift");
    let every = json!({"agents": {"defaults": {"heartbeat": {"every": "45m"}}}});
    let owned = rig.diff(&every, &["agents.defaults.heartbeat".into()]).await.changes;
    assert_eq!(owned.iter().map(|c| c.path.as_str()).collect::<Vec<_>>(), ["agents.defaults.heartbeat.prompt"]);

    // Conflicted: the same comparison again, though the config is another one since.
    let conflict = rig.machine.push(&diff).await.unwrap_err();
    assert!(conflict.message.contains("config changed since last load"), "{conflict}");

    // Rolled back on demand, with the plaintext token that never left the machine.
    let Some(Kept::Json(kept)) = rig.machine.saved().await.unwrap() else { panic!("no kept config") };
    assert!(kept["gateway"]["auth"]["token"].is_string());
    rig.machine.push(&rig.diff(&json!({"logging": {"level": "debug"}}), &[]).await).await.unwrap();
    let changed = rig.machine.roll_back(&diff.base_hash).await.unwrap_err();
    assert!(changed.message.contains("was changed after it was compared"), "{changed}");
    let (replaced, (_, hash)) = (rig.file(), rig.machine.live().await.unwrap());
    rig.machine.roll_back(&hash).await.unwrap();
    assert_eq!(fs::read_to_string(rig.openclaw.path("state/openclaw.json.claw-undone")).unwrap(), replaced);
    assert_eq!(rig.value("/agents/defaults/heartbeat/every").await, "45m");
    assert_eq!(rig.value("/logging/level").await, Value::Null);
    assert!(rig.machine.bring_back().await.unwrap_err().message.contains("kept no config"));
}

#[tokio::test]
async fn a_gateway_that_is_not_well_afterwards_gets_its_config_back_by_itself() {
    let Some(rig) = Rig::start() else { return };
    let (_, hash) = rig.machine.live().await.unwrap();
    let before = rig.file();
    // Valid, and yet nobody reaches the gateway any more: it restarts and speaks TLS only.
    let diff = rig.diff(&json!({"gateway": {"tls": {"enabled": true}}}), &[]).await;
    assert_eq!(rig.machine.tries(&diff.patch).await.unwrap(), None);
    let failed = rig.machine.push(&diff).await.unwrap_err();
    assert!(failed.message.contains("rolled back"), "{failed}");
    assert_eq!((rig.file(), rig.machine.live().await.unwrap().1), (before, hash));
}

#[tokio::test]
async fn a_member_who_writes_json5_gets_it_back_as_it_was() {
    let Some(rig) = Rig::start() else { return };
    let before = format!("// mine\n{}", rig.file().trim_end().replacen('{', "{ // and this\n", 1));
    let (file, new) = (rig.openclaw.path("state/openclaw.json"), rig.openclaw.path("state/new"));
    fs::write(&new, &before).unwrap();
    fs::rename(new, file).unwrap();
    let failed = rig.machine.push(&rig.diff(&json!({"gateway": {"tls": {"enabled": true}}}), &[]).await).await;
    let failed = failed.unwrap_err();
    assert!(failed.message.contains("rolled back"), "{failed}");
    assert_eq!(rig.file(), before);
}

#[test]
fn a_push_without_answer_is_not_called_failed() {
    use crate::remote::GatewayError;
    let late = GatewayError::Timeout { method: "config.patch".into(), seconds: 20 };
    let late = super::machine::unsure("claw-alice", late).to_string();
    assert!(late.contains("nobody knows whether claw-alice has the new config: claw config diff"), "{late}");
    let lost = super::machine::unsure("claw-alice", GatewayError::Closed { reason: "reset".into() }).to_string();
    assert!(lost.contains("claw config diff"), "{lost}");
    let refused = GatewayError::Refused { method: "config.patch".into(), code: None, message: "no".into() };
    assert!(!super::machine::unsure("claw-alice", refused).to_string().contains("nobody knows"));
}
