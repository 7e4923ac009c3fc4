//! What a team may want beside OpenClaw, on the real Ubuntu. `CLAW_EXTRAS_ALL=1` installs all of it on a machine of its
//! own; the machine of `ubuntu.rs` gets what is quick, and Chromium, which can't be had where the snap store is closed.

use crate::{cloud::Cloud, ubuntu::Ubuntu};

/// Of those, what the everyday run installs.
pub const QUICK: &str = r#"["pnpm", "claude-code", "chromium"]"#;
/// A setup token of Claude Code's.
pub const TOKEN: &str = "sk-ant-oat01-MARKER-setup-token";

/// Runs Claude Code against a stand-in for its service; says whether the token came along, and in which processes'
/// arguments or environment it stood meanwhile.
const CLAUDE: &str = include_str!("claude.py");

fn as_gateway_user(ubuntu: &Ubuntu, command: &str) -> String {
    ubuntu.on_machine(&format!("sudo -n -H -u openclaw sh -c 'cd && {command}'"))
}

/// What of `QUICK` is there, and what is said about the one that is not.
pub fn are_there(ubuntu: &Ubuntu) {
    assert_eq!(as_gateway_user(ubuntu, "pnpm --version").split('.').next(), Some("10"));
    let node = "mkdir -p project && cd project && echo {} >package.json && pnpm exec node --version";
    assert_eq!(as_gateway_user(ubuntu, node).trim(), "v24.21.0", "not Ubuntu's older one");
    assert!(as_gateway_user(ubuntu, "claude --version").contains("(Claude Code)"));
    assert_eq!(handed_over(&ubuntu.cloud, ""), "token: yes, seen in: nothing");
    assert!(handed_over(&ubuntu.cloud, "careless").contains("environ"), "the look at it sees what is there");
}

fn handed_over(cloud: &Cloud, how: &str) -> String {
    let script = cloud.write("claude.py", CLAUDE);
    let mut command = cloud.command(&["ssh", "alice", "--", "sudo", "python3", "-", how]);
    let said = command.stdin(std::fs::File::open(script).unwrap()).output().unwrap();
    assert!(said.status.success(), "{said:?}");
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

#[test]
fn every_extra_that_can_be_had_is_there() {
    if std::env::var("CLAW_EXTRAS_ALL").as_deref() != Ok("1") {
        eprintln!("skipped: CLAW_EXTRAS_ALL=1 installs every extra");
        return;
    }
    let extras = r#"["pnpm", "docker", "chromium", "azure-cli", "claude-code"]"#;
    let Some(ubuntu) = Ubuntu::start(extras) else { return };
    ubuntu.cloud.claw(&["up", "--yes"]).exits(0);
    let mut log = ubuntu.log();
    eprintln!("{}", log.until("claw-stage ready done"));
    drop(log);
    are_there(&ubuntu);
    let az = as_gateway_user(&ubuntu, "az version --output json");
    assert!(az.contains("\"azure-cli\": \"2.91.0\""), "{az}");
    let run = "tar -cC /usr/bin docker-init | docker import - tini >/dev/null && docker run --rm --network none tini /docker-init --version";
    let docker = as_gateway_user(&ubuntu, run);
    assert!(docker.contains("tini version"), "{docker}");
    let root = ubuntu.on_machine("systemctl is-active docker containerd | cat");
    assert_eq!(root, "inactive\ninactive\n", "nothing of Docker's runs as root");
    eprintln!("{az}\n{docker}");
}
