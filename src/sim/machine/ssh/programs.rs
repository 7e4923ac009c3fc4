//! The programs a machine has: what claw and a curious person run over SSH.

use time::{OffsetDateTime, macros::format_description};

use super::{argv, config_file};
use crate::sim::machine::{disk::DiskError, hardware::Hardware, secrets};

/// What a program said, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub code: u32,
}

impl Output {
    pub fn ok(text: impl Into<Vec<u8>>) -> Self {
        Self { stdout: text.into(), ..Self::default() }
    }

    fn line(text: &str) -> Self {
        Self::ok(format!("{text}\n"))
    }

    pub fn fail(code: u32, text: &str) -> Self {
        Self { stderr: format!("{text}\n").into_bytes(), code, ..Self::default() }
    }
}

/// How a command goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    Ended(Output),
    /// `tail -F`: everything of `path` from `offset` on, as `user` reads it, until nobody listens.
    Follow {
        path: String,
        user: String,
        offset: usize,
        /// `| grep --line-buffered -aibF -e TEXT`: only lines with this text, each behind its place.
        only: Option<String>,
    },
    /// `cat` alone: what comes in goes out.
    Copy,
    /// `bash -s`: a script comes in, and is run as `user`.
    Script {
        user: String,
        arguments: Vec<String>,
    },
    /// `openclaw config patch --stdin --dry-run`: a patch comes in.
    Try,
    /// `exit`: also ends a shell.
    Exit(u32),
}

/// A line that `user` types.
pub fn run(hardware: &Hardware, line: &str, user: &str) -> Run {
    let Some(words) = argv::words(line) else {
        return Run::Ended(Output::fail(2, "bash: -c: line 1: unexpected EOF while looking for matching quote"));
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    program(hardware, &words, user)
}

/// What Azure's agent runs, and nobody waits for what never ends.
pub fn run_as_root(hardware: &Hardware, line: &str) -> Output {
    let Some(words) = argv::words(line) else {
        return Output::fail(2, "sh: 1: Syntax error: Unterminated quoted string");
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match program(hardware, &words, "root") {
        Run::Ended(output) => output,
        Run::Exit(code) => Output { code, ..Output::default() },
        Run::Follow { .. } | Run::Copy | Run::Try | Run::Script { .. } => Output::default(),
    }
}

fn program(hardware: &Hardware, words: &[&str], user: &str) -> Run {
    let name = &hardware.spec.name;
    let Some((program_name, arguments)) = words.split_first() else { return Run::Ended(Output::default()) };
    Run::Ended(match *program_name {
        "sudo" => return sudo(hardware, arguments),
        "tail" => return tail(hardware, arguments, user),
        "exit" => return Run::Exit(arguments.first().and_then(|code| code.parse::<u8>().ok()).unwrap_or(0).into()),
        "bash" if arguments.first() == Some(&"-s") => {
            let words = arguments.iter().skip(1).filter(|word| **word != "--");
            return Run::Script { user: user.to_owned(), arguments: words.map(|word| (*word).to_owned()).collect() };
        }
        "env" => {
            let program_at = arguments.iter().position(|a| !a.contains('=')).unwrap_or(arguments.len());
            return program(hardware, &arguments[program_at..], user);
        }
        "openclaw" if arguments == ["config", "patch", "--stdin", "--dry-run", "--json"] => return Run::Try,
        "cp" | "mv" | "rm" => config_file::place(hardware, program_name, arguments, user),
        "cat" if arguments.is_empty() => return Run::Copy,
        "cat" => cat(hardware, arguments, user),
        "stat" => stat(hardware, arguments),
        "wall" => {
            hardware.console.line(&format!("Broadcast message from {user}@{name}: {}", arguments.join(" ")));
            Output::default()
        }
        // No program of a real machine's: the answer of NAME is lost; without a name, what still waits for that.
        "lose-answer" => match arguments {
            [name] => {
                hardware.gateway.silence.of(name);
                Output::default()
            }
            _ => Output::line(&hardware.gateway.silence.awaited()),
        },
        "who" if hardware.script.logged_in => Output::line("openclaw pts/0        2026-11-20 09:12 (203.0.113.10)"),
        "ps" if arguments == ["-eo", "args="] => {
            let editor = if hardware.script.connected { "sshd: openclaw@notty\n" } else { "" };
            let text = format!("/sbin/init\nsshd: {user} [priv]\nsshd: {user}@notty\n{editor}ps -eo args=");
            Output::line(&text)
        }
        "true" | "who" => Output::default(),
        "false" => Output { code: 1, ..Output::default() },
        "echo" => Output::line(&arguments.join(" ")),
        "seq" => seq(arguments),
        "hostname" => Output::line(name),
        "whoami" => Output::line(user),
        "id" => Output::line(&format!("uid=1000({user}) gid=1000({user}) groups=1000({user})")),
        "uname" if arguments.contains(&"-a") => {
            Output::line(&format!("Linux {name} 6.14.0-1012-azure #12~24.04.1-Ubuntu SMP x86_64 GNU/Linux"))
        }
        "uname" if arguments.contains(&"-r") => Output::line("6.14.0-1012-azure"),
        "uname" => Output::line("Linux"),
        "date" => {
            let format = format_description!(
                "[weekday repr:short] [month repr:short] [day padding:space] [hour]:[minute]:[second] UTC [year]"
            );
            Output::line(&OffsetDateTime::now_utc().format(format).unwrap_or_default())
        }
        "/opt/claw/secrets.sh" if arguments == ["refresh"] => refresh(hardware, user),
        "uptime" => uptime(hardware.uptime()),
        unknown => Output::fail(127, &format!("bash: {unknown}: command not found")),
    })
}

/// `seq [FIRST] LAST`, for output of any size.
fn seq(arguments: &[&str]) -> Output {
    let numbers: Option<Vec<u32>> = arguments.iter().map(|word| word.parse().ok()).collect();
    let (first, last) = match numbers.as_deref() {
        Some([last]) => (1, *last),
        Some([first, last]) => (*first, *last),
        _ => return Output::fail(1, "seq: invalid argument"),
    };
    Output::ok((first..=last).map(|number| format!("{number}\n")).collect::<String>())
}

/// What the bootstrap's script does: fetch again, and tell the gateway when something changed.
fn refresh(hardware: &Hardware, user: &str) -> Output {
    if user != "root" {
        return Output::fail(1, "/run/claw-secrets.lock: Permission denied");
    }
    if let Err(why) = secrets::fetch(hardware) {
        return Output { stdout: format!("{why}\n").into_bytes(), code: 1, ..Output::default() };
    }
    let versions = secrets::versions(hardware);
    let before = std::mem::replace(&mut hardware.progress().secrets, versions.clone());
    Output::line(match (before == versions, hardware.is_gateway_up()) {
        (true, _) => "secrets are as they were",
        (false, true) => "secrets changed, and the gateway took them",
        (false, false) => "secrets changed",
    })
}

fn uptime(seconds: f64) -> Output {
    let minutes = (seconds / 60.0) as u64;
    let now = OffsetDateTime::now_utc().format(format_description!("[hour]:[minute]:[second]")).unwrap_or_default();
    let up = format!("{}:{:02}", minutes / 60, minutes % 60);
    Output::line(&format!(" {now} up {up},  0 users,  load average: 0.08, 0.03, 0.01"))
}

/// Only without a password, as the administrator has it; `-u` names another user than root.
fn sudo(hardware: &Hardware, arguments: &[&str]) -> Run {
    match arguments {
        ["-n", "-u", user @ ("openclaw" | "root"), "--", rest @ ..]
        | ["-n", "-u", user @ ("openclaw" | "root"), rest @ ..] => program(hardware, rest, user),
        ["-n", "-H", rest @ ..] => {
            let rest: Vec<&str> = ["-n"].iter().chain(rest).copied().collect();
            sudo(hardware, &rest)
        }
        ["-n", "-u", user, ..] => Run::Ended(Output::fail(1, &format!("sudo: unknown user {user}"))),
        ["-n", rest @ ..] | rest => program(hardware, rest, "root"),
    }
}

fn cat(hardware: &Hardware, arguments: &[&str], user: &str) -> Output {
    let mut output = Output::default();
    for path in arguments.iter().filter(|a| **a != "--") {
        if *path == "/proc/uptime" {
            let up = hardware.uptime();
            output.stdout.extend_from_slice(format!("{up:.2} {:.2}\n", up * 1.9).as_bytes());
            continue;
        }
        match hardware.disk.read(path, user) {
            Ok(file) => output.stdout.extend_from_slice(&file.bytes),
            Err(error) => {
                output.stderr.extend_from_slice(format!("cat: {path}: {error}\n").as_bytes());
                output.code = 1;
            }
        }
    }
    output
}

fn stat(hardware: &Hardware, arguments: &[&str]) -> Output {
    let path = match arguments {
        ["-c", "%s", "--", path] | ["-c", "%s", path] => path,
        // Nobody has ever logged in at a terminal here, so there is no record of it.
        ["-c", "%Y", "--", path] => {
            return Output::fail(1, &format!("stat: cannot statx '{path}': {}", DiskError::Missing));
        }
        _ => return Output::fail(1, "stat: only -c %s is known here"),
    };
    match hardware.disk.size(path) {
        Some(size) => Output::line(&size.to_string()),
        None => Output::fail(1, &format!("stat: cannot statx '{path}': {}", DiskError::Missing)),
    }
}

fn tail(hardware: &Hardware, arguments: &[&str], user: &str) -> Run {
    let (mut follow, mut lines, mut first_byte, mut path) = (false, 10_usize, None, None);
    let (arguments, only) = match arguments.split(|a| *a == "|").collect::<Vec<_>>()[..] {
        [own, ["grep", "--line-buffered", "-aibF", "-e", text]] => (own, Some(text.to_lowercase())),
        [own] => (own, None),
        _ => return Run::Ended(Output::fail(127, "bash: only grep is known here behind tail")),
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "-F" | "-f" => follow = true,
            "--pid=$PPID" => {}
            "-c" => first_byte = rest.next().and_then(|n| n.strip_prefix('+')?.parse::<usize>().ok()),
            "-n" => lines = rest.next().and_then(|n| n.parse().ok()).unwrap_or(10),
            "--" => path = rest.next(),
            _ => path = Some(argument),
        }
    }
    let Some(path) = path else { return Run::Ended(Output::fail(1, "tail: no file given")) };
    let file = match hardware.disk.read(path, user) {
        Ok(file) => Some(file),
        // With -F it waits for the file, as GNU's does.
        Err(DiskError::Missing) if follow => None,
        Err(error) => {
            return Run::Ended(Output::fail(1, &format!("tail: cannot open '{path}' for reading: {error}")));
        }
    };
    let bytes = file.map(|file| file.bytes).unwrap_or_default();
    let offset = match first_byte {
        Some(first) => first.saturating_sub(1),
        None => last_lines(&bytes, lines),
    };
    if follow {
        return Run::Follow { path: (*path).to_owned(), user: user.to_owned(), offset, only };
    }
    Run::Ended(Output::ok(bytes.get(offset..).unwrap_or_default()))
}

/// Where the last `count` lines begin.
fn last_lines(bytes: &[u8], count: usize) -> usize {
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if count == 0 {
        return bytes.len();
    }
    body.iter().enumerate().rev().filter(|(_, b)| **b == b'\n').nth(count - 1).map_or(0, |(at, _)| at + 1)
}
