//! Commands of docs/machine.md and a few that people try. Nothing ever runs on the host.

use time::OffsetDateTime;

use super::{Machine, boot, disk, words};

/// What a command comes to.
pub enum Outcome {
    Done {
        code: u32,
        stdout: Vec<u8>,
        stderr: String,
    },
    /// `tail -F` from this offset, until the channel closes.
    Follow {
        path: String,
        offset: usize,
    },
}

fn done(code: u32, stdout: impl Into<Vec<u8>>, stderr: impl Into<String>) -> Outcome {
    Outcome::Done { code, stdout: stdout.into(), stderr: stderr.into() }
}

/// Runs a command line as the administrator.
pub fn run(machine: &Machine, line: &str) -> Outcome {
    let words = words::split(line);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["sudo", "-n", "true"] => done(0, "", ""),
        ["sudo", "-n", "-u", "openclaw", rest @ ..] => command(machine, rest, "openclaw"),
        rest => command(machine, rest, &machine.spec.admin_user),
    }
}

fn command(machine: &Machine, words: &[&str], user: &str) -> Outcome {
    let name = &machine.spec.name;
    match words {
        [] => done(0, "", ""),
        ["tail", "-c", from, "-F", "--", path] | ["tail", "-c", from, "-F", path] => {
            match from.trim_start_matches('+').parse::<usize>() {
                Ok(n) if may_read(path, user) => Outcome::Follow { path: (*path).into(), offset: n.saturating_sub(1) },
                Ok(_) => denied("tail", path),
                Err(_) => done(1, "", format!("tail: invalid number of bytes: '{from}'\n")),
            }
        }
        ["tail", "-n", count, path] | ["tail", "-n", count, "--", path] => file(machine, "tail", path, user, |bytes| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let lines: Vec<&str> = text.lines().collect();
            let from = lines.len().saturating_sub(count.parse().unwrap_or(10));
            lines[from..].iter().flat_map(|l| [l.as_bytes(), b"\n"].concat()).collect()
        }),
        ["stat", "-c", "%s", "--", path] => {
            file(machine, "stat", path, user, |b| format!("{}\n", b.len()).into_bytes())
        }
        ["cat", "/proc/uptime"] => done(0, format!("{:.2} 0.00\n", uptime(machine)), ""),
        ["cat", path] | ["cat", "--", path] => file(machine, "cat", path, user, |bytes| bytes),
        ["uptime"] => {
            let minutes = (uptime(machine) / 60.0) as u64;
            let text = format!(
                " {:02}:{:02} up {}:{:02},  0 users,  load average: 0.08, 0.03, 0.01\n",
                12,
                0,
                minutes / 60,
                minutes % 60
            );
            done(0, text, "")
        }
        ["uname", ..] => done(0, format!("Linux {name} 6.8.0-1017-azure #20-Ubuntu SMP x86_64 GNU/Linux\n"), ""),
        ["hostname"] => done(0, format!("{name}\n"), ""),
        ["whoami"] => done(0, format!("{user}\n"), ""),
        ["id"] => done(0, format!("uid=1000({user}) gid=1000({user}) groups=1000({user})\n"), ""),
        ["who"] | ["true"] => done(0, "", ""),
        ["false"] => done(1, "", ""),
        ["date"] => done(0, format!("{}\n", OffsetDateTime::now_utc()), ""),
        ["echo", rest @ ..] => done(0, format!("{}\n", rest.join(" ")), ""),
        ["exit"] => done(0, "", ""),
        ["exit", code] => done(code.parse().unwrap_or(2), "", ""),
        [other, ..] => done(127, "", format!("bash: {other}: command not found\n")),
    }
}

/// Files of the gateway's user are read as that user only.
fn may_read(path: &str, user: &str) -> bool {
    let theirs = path == disk::TOKEN || path.starts_with("/home/openclaw/");
    path != disk::CONSOLE && (!theirs || user == "openclaw")
}

fn denied(command: &str, path: &str) -> Outcome {
    done(1, "", format!("{command}: {path}: Permission denied\n"))
}

fn file(machine: &Machine, command: &str, path: &str, user: &str, show: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Outcome {
    if !may_read(path, user) {
        return denied(command, path);
    }
    match machine.disk.read(path) {
        Some(bytes) => done(0, show(bytes), ""),
        None => done(1, "", format!("{command}: {path}: No such file or directory\n")),
    }
}

/// Seconds since the last boot, and what the scenario adds.
fn uptime(machine: &Machine) -> f64 {
    let booted = machine.run().booted;
    let up = booted.map_or(0.0, |at| (OffsetDateTime::now_utc() - at).as_seconds_f64());
    let extra = machine.world.upgrade().and_then(|w| boot::script(machine, &w).already_up);
    up + extra.map_or(0.0, |d| d.as_secs_f64())
}
