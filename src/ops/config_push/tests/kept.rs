//! What a push has kept and a rollback brings back, through a real OpenSSH server; the gateway is a script.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;

use super::super::{
    diff::back_to,
    machine::{Kept, Machine},
};
use crate::remote::tests::sshd::Sshd;

/// Stands in for `sudo -n -u openclaw`: the gateway's files lie in a folder of the test's.
const SUDO: &str = r#"#!/bin/sh
shift 3
for word; do
  shift
  case $word in
    /run/openclaw/secrets/gateway-token) word=$STATE/token ;;
    /home/openclaw/.openclaw/*) word=$STATE/${word#/home/openclaw/.openclaw/} ;;
  esac
  set -- "$@" "$word"
done
case $1 in
  env) shift; while case $1 in *=*) true ;; *) false ;; esac; do shift; done ;;
esac
exec "$@"
"#;

/// A gateway that is always well. Of JSON5 it knows lines that are comments.
const OPENCLAW: &str = r#"#!/bin/sh
file=$STATE/openclaw.json
case $1 in
  health) echo '{"ok": true}' ;;
  *) printf '{"valid": true, "hash": "%s", "parsed": %s}' "$(cksum < "$file")" "$(grep -v '^ *//' "$file")" ;;
esac
"#;

const JSON5: &str = "// mine\n{\"a\": 1}\n";

struct Stand {
    machine: Machine,
    sshd: Sshd,
}

impl Stand {
    fn start() -> Option<Self> {
        let sshd = Sshd::configured("ed25519", |dir| {
            for folder in ["bin", "state"] {
                fs::create_dir(dir.join(folder)).unwrap();
            }
            program(&dir.join("bin/sudo"), SUDO);
            program(&dir.join("bin/openclaw"), OPENCLAW);
            fs::write(dir.join("state/token"), "token").unwrap();
            let dir = dir.display();
            format!("SetEnv SHLVL=2 STATE={dir}/state PATH={dir}/bin:/usr/bin:/bin\nAllowTcpForwarding no\n")
        })?;
        let machine = Machine::at(sshd.remote(), sshd.target(), Duration::from_secs(5));
        Some(Self { machine, sshd })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sshd.path("state").join(name)
    }

    /// The live config has no ending, a copy has one.
    fn write(&self, ending: &str, text: &str) {
        fs::write(self.path(&format!("openclaw.json{ending}")), text).unwrap();
    }

    fn text(&self, ending: &str) -> Option<String> {
        fs::read_to_string(self.path(&format!("openclaw.json{ending}"))).ok()
    }

    async fn hash(&self) -> String {
        self.machine.live().await.unwrap().1
    }
}

fn program(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn json5_comes_back_as_it_was() {
    let Some(stand) = Stand::start() else { return };
    let live = r#"{"a": 2}"#;
    stand.write("", live);
    stand.write(".claw-before", JSON5);
    stand.machine.bring_back().await.unwrap();
    assert_eq!((stand.text("").as_deref(), stand.text(".claw-undone").as_deref()), (Some(JSON5), Some(live)));
    assert_eq!(stand.text(".claw-before"), None);

    stand.write("", live);
    stand.write(".claw-before", JSON5);
    let kept = stand.machine.saved().await.unwrap().unwrap();
    let shown = back_to(&kept, &json!({"a": 2}));
    assert!(shown.len() == 1 && format!("{shown:?}").contains("not strict JSON"), "{shown:?}");
    stand.machine.roll_back(&stand.hash().await).await.unwrap();
    assert_eq!(stand.text("").as_deref(), Some(JSON5));
}

#[tokio::test]
async fn json5_from_before_a_push_that_was_cut_off_is_what_to_go_back_to() {
    let Some(stand) = Stand::start() else { return };
    stand.write(".claw-before", r#"{"a": 0}"#);
    stand.write(".claw-saved", JSON5);
    // Cut off before the gateway had it.
    stand.write("", JSON5);
    assert_eq!(stand.machine.saved().await.unwrap(), Some(Kept::Json(json!({"a": 0}))));
    // And after.
    stand.write("", r#"{"a": 2}"#);
    assert_eq!(stand.machine.saved().await.unwrap(), Some(Kept::Unreadable));
    stand.machine.roll_back(&stand.hash().await).await.unwrap();
    assert_eq!((stand.text("").as_deref(), stand.text(".claw-saved")), (Some(JSON5), None));
}

#[tokio::test]
async fn an_empty_copy_is_nothing_to_go_back_to() {
    let Some(stand) = Stand::start() else { return };
    stand.write("", r#"{"a": 2}"#);
    for ending in [".claw-before", ".claw-saved"] {
        stand.write(ending, "");
    }
    assert_eq!(stand.machine.saved().await.unwrap(), None);
    assert!(stand.machine.bring_back().await.unwrap_err().message.contains("kept no config"));
}

#[tokio::test]
async fn what_changed_since_the_comparison_is_not_rolled_back() {
    let Some(stand) = Stand::start() else { return };
    stand.write("", r#"{"a": 2}"#);
    stand.write(".claw-before", r#"{"a": 1}"#);
    let shown = stand.hash().await;
    let newer = r#"{"a": 2, "mine": 3}"#;
    stand.write("", newer);
    let changed = stand.machine.roll_back(&shown).await.unwrap_err();
    assert!(changed.message.contains("was changed after it was compared"), "{changed}");
    assert!(changed.message.contains("claw config rollback"), "{changed}");
    assert_eq!(stand.text("").as_deref(), Some(newer));

    // Compared again, it goes, and stays beside with its mode.
    fs::set_permissions(stand.path("openclaw.json"), fs::Permissions::from_mode(0o640)).unwrap();
    stand.machine.roll_back(&stand.hash().await).await.unwrap();
    assert_eq!(stand.text("").as_deref(), Some(r#"{"a": 1}"#));
    assert_eq!(stand.text(".claw-undone").as_deref(), Some(newer));
    let mode = fs::metadata(stand.path("openclaw.json.claw-undone")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}
