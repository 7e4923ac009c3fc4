//! Signals to `claw ssh` reach OpenSSH, and nothing stays behind.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use crate::{cloud::Cloud, exec::children, process};

fn program(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}

#[test]
fn a_signal_ends_claw_and_its_ssh_with_the_shells_code() {
    let cloud = Cloud::start("fast.toml");
    cloud.up(r#"{"members": [{"email": "alice@example.com"}]}"#);
    for (signal, code) in [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143)] {
        // A shell's background jobs ignore some of them, and so does what they start.
        let mut command = Command::new("env");
        command.args(["--default-signal=HUP,INT,QUIT,TERM", env!("CARGO_BIN_EXE_claw"), "ssh", "alice"]);
        command.current_dir(cloud.path("")).env_clear().envs(cloud.environment());
        let mut claw = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdin = claw.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, b"hostname\n").unwrap();
        // It is in, and its input stays open.
        let mut line = String::new();
        BufReader::new(claw.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "claw-alice\n");
        let ssh: Vec<u32> = children(claw.id()).into_iter().filter(|pid| program(*pid) == "ssh").collect();
        assert_eq!(ssh.len(), 1, "{signal}");
        process::signal(signal, claw.id());
        assert_eq!(claw.wait().unwrap().code(), Some(code), "{signal}");
        assert!(!Path::new(&format!("/proc/{}", ssh[0])).exists(), "{signal} left ssh behind");
        drop(stdin);
    }
    // What is ignored stays ignored, as under nohup; the command's own code goes on.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(env!("CARGO_BIN_EXE_claw"));
    command.args(["ssh", "alice", "--", "cat"]).current_dir(cloud.path("")).env_clear().envs(cloud.environment());
    let mut claw = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = claw.stdin.take().unwrap();
    let mut lines = BufReader::new(claw.stdout.take().unwrap()).lines();
    std::io::Write::write_all(&mut stdin, b"before\n").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "before");
    process::signal("HUP", claw.id());
    std::io::Write::write_all(&mut stdin, b"after\n").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "after");
    drop(stdin);
    assert_eq!(claw.wait().unwrap().code(), Some(0));
}
