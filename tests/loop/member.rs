//! A member at their own machine: no team.json, no repository, signed in with `az login`.

use std::{fs, io::Write, process::Stdio};

use crate::{cloud::Answer, signed::Signed};

const BOTH: &str = r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#;
const BOB: &str = r#"{"members": [{"email": "bob@example.com"}]}"#;

/// Alice, whose operator has made machines for her and for Bob; she has no team.json.
fn alice() -> Signed {
    let alice = Signed::start("member.toml", "alice@example.com");
    operator(&alice, BOTH, &["up", "--yes"]).exits(0);
    alice
}

/// The operator has a team.json, for this one command.
fn operator(alice: &Signed, team: &str, args: &[&str]) -> Answer {
    alice.cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    alice.cloud.write("team.json", team);
    let answer = alice.cloud.claw(args);
    fs::remove_file(alice.cloud.path("team.json")).unwrap();
    fs::remove_file(alice.cloud.path("secrets.json")).unwrap();
    answer
}

/// Until Azure shows her what she was let into.
fn found(alice: &Signed, args: &[&str]) -> Answer {
    loop {
        let answer = alice.claw(args);
        if !answer.stderr.contains("was found in any subscription") {
            return answer;
        }
        assert!(answer.stderr.contains("takes up to 10 minutes to show it"), "{}", answer.stderr);
    }
}

#[test]
fn a_member_gets_in_with_nothing_but_az_login() {
    let alice = alice();
    let who = found(&alice, &["ssh", "--", "whoami"]).exits(0);
    assert_eq!(who.stdout, "alice@example.com\n");
    assert_eq!(alice.claw(&["ssh", "alice", "--", "hostname"]).exits(0).stdout, "claw-alice\n");
    alice.claw(&["ssh", "--", "exit", "7"]).exits(7);
    let mut command = alice.command(&["ssh"]);
    let mut ssh = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    ssh.stdin.take().unwrap().write_all(b"hostname\nexit 3\n").unwrap();
    let output = ssh.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(3), &b"claw-alice\n"[..]), "{output:?}");

    // Another's machine is not even shown to her.
    let bobs = alice.claw(&["ssh", "bob", "--", "whoami"]).exits(255).stderr;
    assert!(bobs.contains("no machine called `bob` was found"), "{bobs}");

    operator(&alice, BOTH, &["stop", "alice", "--yes"]).exits(0);
    let off = alice.claw(&["ssh", "--no-start", "--", "whoami"]).exits(255).stderr;
    assert!(off.contains("claw-alice is deallocated") && off.contains("--no-start"), "{off}");
    let off = alice.claw(&["--read-only", "ssh", "--", "whoami"]).exits(255).stderr;
    assert!(off.contains("--read-only"), "{off}");
    let on = alice.claw(&["ssh", "--", "whoami"]).exits(0);
    assert_eq!(on.stdout, "alice@example.com\n");
    assert!(on.stderr.contains("starting it, which usually takes 1 to 2 minutes"), "{}", on.stderr);
    assert_eq!(alice.cloud.unknown_requests(), "");
}
