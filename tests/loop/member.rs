//! A member at their own machine: no team.json, no repository, signed in with `az login`.

use std::{fs, io::Write, process::Stdio};

use crate::{cloud::Answer, signed::Signed};

pub const BOTH: &str = r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#;
pub const ALICE: &str = r#"{"members": [{"email": "alice@example.com"}]}"#;
const WITH_OLGA: &str = r#"{"members": [{"email": "alice@example.com"}], "operators": ["olga@example.com"]}"#;

/// Alice, whose operator has made machines for her and for Bob; she has no team.json.
pub fn alice() -> Signed {
    let alice = Signed::start("member.toml", "alice@example.com");
    operator(&alice, BOTH, &["up", "--yes"]).exits(0);
    alice
}

/// The operator has a team.json, for this one command.
pub fn operator(alice: &Signed, team: &str, args: &[&str]) -> Answer {
    alice.cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    alice.cloud.write("team.json", team);
    let answer = alice.cloud.claw(args);
    fs::remove_file(alice.cloud.path("team.json")).unwrap();
    fs::remove_file(alice.cloud.path("secrets.json")).unwrap();
    answer
}

/// Until Azure shows her what she was let into.
pub fn found(alice: &Signed, args: &[&str]) -> Answer {
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

    others_programs(&alice);
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

/// OpenSSH's own programs, by the entries that claw writes.
fn others_programs(alice: &Signed) {
    let written = alice.claw(&["ssh", "--config", "--json"]).exits(0).json();
    assert_eq!((&written["schema"], &written["hosts"][0]), (&"claw/ssh-config/v1".into(), &"claw-alice".into()));
    let config = written["file"].as_str().unwrap();
    let run = |program: &str, args: &[&str]| {
        let mut command = alice.outside(program);
        Answer::new(args, command.arg("-F").arg(config).args(args).stdin(Stdio::null()).output().unwrap())
    };
    let read = run("ssh", &["-G", "claw-alice"]).exits(0).stdout;
    for line in ["user alice@example.com", "stricthostkeychecking true", "forwardagent no", "identitiesonly yes"] {
        assert!(read.lines().any(|l| l == line), "{line}: {read}");
    }
    assert_eq!(run("ssh", &["claw-alice", "whoami"]).exits(0).stdout, "alice@example.com\n");
    let file = alice.cloud.write("notes.txt", "by scp\n");
    run("scp", &[file.to_str().unwrap(), "claw-alice:/tmp/notes.txt"]).exits(0);
    assert_eq!(run("ssh", &["claw-alice", "cat", "/tmp/notes.txt"]).exits(0).stdout, "by scp\n");
    let known = read.lines().find_map(|line| line.strip_prefix("userknownhostsfile ")).unwrap();
    fs::write(known, "").unwrap();
    let unknown = run("ssh", &["claw-alice", "true"]).exits(255).stderr;
    assert!(unknown.contains("Host key verification failed"), "{unknown}");
}

/// A role that was given just now is waited for, one that was never given is said to be missing.
#[test]
fn a_fresh_role_is_waited_for_and_a_missing_one_named() {
    let olga = Signed::start("member.toml", "olga@example.com");
    operator(&olga, ALICE, &["up", "--yes"]).exits(0);
    let never = found(&olga, &["ssh", "alice", "--", "whoami"]).exits(255).stderr;
    assert!(never.contains("you have no login role on claw-alice"), "{never}");

    operator(&olga, WITH_OLGA, &["up", "--yes"]).exits(0);
    let waited = olga.claw(&["ssh", "alice", "--", "whoami"]).exits(0);
    assert_eq!(waited.stdout, "olga@example.com\n");
    assert!(waited.stderr.contains("assigned and has no effect yet; asking again"), "{}", waited.stderr);

    // Who is no operator any more has lost the role.
    operator(&olga, ALICE, &["up", "--yes"]).exits(0);
    let lost = olga.claw(&["ssh", "alice", "--", "whoami"]).exits(255).stderr;
    assert!(lost.contains("you have no login role on claw-alice"), "{lost}");

    olga.cloud.write("team.json", ALICE);
    let invitation = olga.cloud.claw(&["invite", "alice"]).exits(0).stdout;
    let tenant = format!("az login --tenant {}", olga.text("tenant"));
    for words in [&tenant, "claw ssh", "az ssh vm --ip ", "cloudapp.azure.com", "has to be SHA256:"] {
        assert!(invitation.contains(words), "{words}: {invitation}");
    }
}
