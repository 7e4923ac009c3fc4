//! Completions in the real shells, with no network to ask.

use std::{path::Path, process::Command};

use crate::{cloud::Cloud, terminal::Terminal};

/// Two machines that claw has seen; the cloud is gone.
fn seen() -> Cloud {
    let mut cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    cloud.claw(&["status"]).exits(0);
    cloud.crash();
    cloud
}

/// Where a shell is; said aloud, and a failure under `CI=true`, where it is not installed.
fn shell(name: &str) -> Option<String> {
    let found = ["/bin", "/usr/bin", "/usr/local/bin"].map(|folder| format!("{folder}/{name}"));
    let found = found.into_iter().find(|path| Path::new(path).exists());
    if found.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{name} is not installed");
        eprintln!("{name} is not installed; its completions are not tried");
    }
    found
}

/// A half-written line and Tab: the shell writes the rest.
fn completes(cloud: &Cloud, shell: &str, args: &[&str], load: &str) {
    let mut terminal = Terminal::open(cloud, shell, args, &[("PS1", "")]);
    // Written so that the echo of the line is not taken for its outcome.
    terminal.press(&format!("{load}; PS1='REA''DY '\n"));
    terminal.until("READY ");
    terminal.press("claw logs al\t");
    terminal.until("claw logs alice");
    terminal.press("-\u{15}claw stat\t");
    terminal.until("claw status");
    // Behind `--` is the machine's command line; what claw is called with shows what Tab made of it.
    terminal.press("\u{15}claw() { [ -n \"$CLAW_COMPLETE\" ] && command claw \"$@\" || echo \"called: $*.\"; }\n");
    for line in ["claw exec alice -- bo\tx", "claw ssh alice -- ali\tx", "claw ssh -- bo\tx"] {
        terminal.press(&format!("{line}\n"));
        terminal.until(&format!("called: {}.", line.trim_start_matches("claw ").replace('\t', "")));
    }
    terminal.press("claw exec alice bo\t-- uptime\n");
    terminal.until("called: exec alice bob -- uptime.");
    terminal.press("exit\n");
    terminal.end();
}

#[test]
fn bash_completes_commands_and_members() {
    let cloud = seen();
    let Some(bash) = shell("bash") else { return };
    completes(&cloud, &bash, &["--norc", "--noprofile", "-i"], "source <(claw completions bash)");
}

#[test]
fn zsh_completes_commands_and_members() {
    let cloud = seen();
    let Some(zsh) = shell("zsh") else { return };
    completes(&cloud, &zsh, &["-f", "-i"], "autoload -U compinit; compinit -u -D; source <(claw completions zsh)");
}

#[test]
fn fish_completes_commands_and_members_with_whose_machine_it_is() {
    let cloud = seen();
    let Some(fish) = shell("fish") else { return };
    let ask = |line: &str| {
        let script = format!("claw completions fish | source; complete -C '{line}'");
        let output = Command::new(&fish).args(["-N", "-c", &script]).env_clear().envs(cloud.environment()).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert_eq!(ask("claw exec alice b"), "bob\tbob@example.com\n");
    assert_eq!(ask("claw ssh al"), "alice\talice@example.com\n");
    assert_eq!(ask("claw open al"), "alice\talice@example.com\n");
    assert!(ask("claw sta").contains("status\tShow every machine"), "{}", ask("claw sta"));
    assert_eq!(
        ask("claw config pu"),
        "push\tPush a config to every running machine: one first, then the rest, back and stop when one is not well\n"
    );
    assert_eq!(ask("claw completions pow"), "powershell\n");
    assert_eq!(ask("claw exec alice -- b"), "");
    assert_eq!(ask("claw ssh -- b"), "");
}

#[test]
fn completions_need_no_settings_and_a_torn_list_offers_nothing() {
    let cloud = seen();
    let script = cloud.claw(&["completions", "powershell"]).exits(0).stdout;
    assert!(script.contains("Register-ArgumentCompleter -Native -CommandName claw"), "{script}");
    let ask = |words: &[&str]| {
        let mut claw = cloud.command(&[]);
        claw.args(["--"]).args(words).env("CLAW_COMPLETE", "fish");
        String::from_utf8(claw.output().unwrap().stdout).unwrap()
    };
    assert!(ask(&["claw", "stop", "bo"]).starts_with("bob"), "{}", ask(&["claw", "stop", "bo"]));
    assert_eq!(ask(&["claw", "exec", "alice", "--", "bo"]), "");
    for kept in std::fs::read_dir(cloud.path("data/fleets")).unwrap().flatten() {
        std::fs::write(kept.path(), "torn").unwrap();
    }
    assert_eq!(ask(&["claw", "stop", "bo"]), "");
    let elsewhere = cloud.path("nowhere");
    let asked = ask(&["claw", "--data", elsewhere.to_str().unwrap(), "stop", "bo"]);
    assert!(asked.is_empty() && !elsewhere.exists(), "{asked}");
}
