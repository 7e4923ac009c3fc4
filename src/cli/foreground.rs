//! Another program in claw's place: what is meant for it reaches it.

use std::{io::Result, os::unix::process::ExitStatusExt};

use futures::{StreamExt, stream::FuturesUnordered};
use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{self, SignalKind};

/// What ends a program: a terminal that closes, its keys, and whoever asks.
const ENDING: [Signal; 4] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM];

/// Runs a program to its end and passes on what would have ended claw. Its exit code; 128 and the signal where one
/// ended it, as a shell says it.
pub async fn run(command: std::process::Command) -> Result<u8> {
    let mut caught =
        ENDING.into_iter().filter(|signal| !is_ignored(*signal)).map(listen).collect::<Result<Vec<_>>>()?;
    let mut child = tokio::process::Command::from(command).kill_on_drop(true).spawn()?;
    let mut passed = None;
    let status = loop {
        let mut next: FuturesUnordered<_> = caught
            .iter_mut()
            .map(|(signal, kind)| async {
                kind.recv().await;
                *signal
            })
            .collect();
        tokio::select! {
            status = child.wait() => break status?,
            Some(signal) = next.next() => {
                passed = Some(signal);
                let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
                // One that has just ended needs none.
                let _ = pid.map(|pid| kill_process(pid, signal));
            }
        }
    };
    let ended_by = |signal: i32| u8::try_from(128 + signal).unwrap_or(255);
    Ok(match (passed, status.code(), status.signal()) {
        // OpenSSH ends with 255 by a signal that it catches.
        (Some(signal), Some(255) | None, _) => ended_by(signal.as_raw()),
        (_, Some(code), _) => u8::try_from(code).unwrap_or(255),
        (_, None, Some(signal)) => ended_by(signal),
        _ => 255,
    })
}

fn listen(signal: Signal) -> Result<(Signal, unix::Signal)> {
    Ok((signal, unix::signal(SignalKind::from_raw(signal.as_raw()))?))
}

/// As under `nohup`: who listens would take that from the program, too.
fn is_ignored(signal: Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    ignored >> (signal.as_raw() - 1) & 1 == 1
}
