//! What tests do to running programs, and how they start them.

use std::{net::SocketAddr, process::Command};

/// Sends a signal by its name, such as `TERM`.
#[track_caller]
pub fn signal(name: &str, pid: u32) {
    assert!(Command::new("kill").args(["-s", name, &pid.to_string()]).status().unwrap().success());
}

/// The same command under another umask, such as `000`: whoever makes a file has to forbid what others may not.
pub fn under(umask: &str, plain: &Command) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")]).arg(plain.get_program()).args(plain.get_args());
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    plain.get_current_dir().map(|folder| command.current_dir(folder));
    command
}

/// Where a program can be reached: the sockets, TCP's and UDP's, on which it waits for others.
#[track_caller]
pub fn listening(pid: u32) -> Vec<SocketAddr> {
    let said = Command::new("ss").args(["-H", "-l", "-n", "-t", "-u", "-p"]).output().unwrap();
    let table = String::from_utf8(said.stdout).unwrap();
    let of = format!("pid={pid},");
    let rows = table.lines().filter(|row| row.contains(&of));
    rows.map(|row| row.split_whitespace().nth(4).and_then(|local| local.parse().ok()).expect(row)).collect()
}
