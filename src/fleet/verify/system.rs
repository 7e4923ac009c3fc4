//! The machine around the gateway: boot, disk, clock, packages.

use serde_json::Value;
use time::OffsetDateTime;

use super::{Finding, Heard, answers::Answers};
use crate::fleet::stage::{Mark, Marker, Stage};

/// Percent of a disk in use from which on it is worth a word, and from which on it is a fault.
const DISK_WARN: u32 = 80;
const DISK_BAD: u32 = 95;
/// Seconds a clock may be off: tokens and certificates are refused from five minutes on.
const CLOCK_WARN: f64 = 5.0;
const CLOCK_BAD: f64 = 60.0;

/// `cloud-init status --format json`.
pub fn cloud_init(answers: &Answers, name: &str) -> Finding {
    let check = "cloud-init";
    let value = match answers.json(check, check) {
        Ok(value) => value,
        Err(finding) => return finding,
    };
    let remedy = format!("claw logs {name} --source console");
    match value.get("status").and_then(Value::as_str) {
        Some("done") => match value.get("extended_status").and_then(Value::as_str) {
            Some(extended) if extended.starts_with("degraded") => {
                Finding::warn(check, "cloud-init is done, with errors that it got over", remedy)
            }
            _ => Finding::ok(check, "cloud-init is done"),
        },
        Some(status @ ("error" | "degraded" | "disabled")) => {
            Finding::bad(check, format!("cloud-init ended as `{status}`"), remedy)
        }
        Some(status) => Finding::warn(check, format!("cloud-init is at `{status}`"), remedy),
        None => Finding::unknown(check, "cloud-init names no status"),
    }
}

/// The last marker line of the bootstrap.
pub fn bootstrap(answers: &Answers, name: &str) -> Finding {
    let check = "bootstrap";
    let answer = match answers.get(check, check) {
        Ok(answer) => answer,
        Err(finding) => return finding,
    };
    let remedy = format!("claw logs {name}");
    match Marker::parse(&answer.out) {
        Some(Marker { stage: Stage::Ready, mark: Mark::Done, text, .. }) if text.is_empty() => {
            Finding::ok(check, "the bootstrap is done")
        }
        Some(Marker { stage: Stage::Ready, mark: Mark::Done, text, .. }) => {
            let remedy = format!("claw logs {name}; the next boot tries again: claw restart {name} --machine");
            Finding::warn(check, format!("the bootstrap is done {text}"), remedy)
        }
        Some(Marker { stage, mark: Mark::Failed, text, .. }) => {
            Finding::bad(check, format!("the bootstrap failed at {}: {text}", stage.word()), remedy)
        }
        Some(marker) => Finding::warn(check, format!("the bootstrap is still at {}", marker.stage.word()), remedy),
        None => Finding::unknown(check, "the bootstrap's log has no stage"),
    }
}

/// `df -Pk`, the fullest line.
pub fn disk(answers: &Answers) -> Finding {
    let check = "disk";
    let answer = match answers.get(check, check) {
        Ok(answer) => answer,
        Err(finding) => return finding,
    };
    let percent = |line: &str| line.split_whitespace().rev().nth(1)?.strip_suffix('%')?.parse::<u32>().ok();
    let remedy = "look with: claw ssh NAME -- df -h; then grow or clean the disk";
    match answer.out.lines().filter_map(percent).max() {
        None => Finding::unknown(check, "how full the disk is can't be read"),
        Some(full) if full >= DISK_BAD => Finding::bad(check, format!("the disk is {full} % full"), remedy),
        Some(full) if full >= DISK_WARN => Finding::warn(check, format!("the disk is {full} % full"), remedy),
        Some(full) => Finding::ok(check, format!("the disk is {full} % full")),
    }
}

/// `date -u +%s.%N` must lie between sending and receiving; how far outside is how wrong it is at least.
pub fn clock(answers: &Answers, heard: &Heard<'_>) -> Finding {
    let check = "clock";
    let answer = match answers.get(check, check) {
        Ok(answer) => answer,
        Err(finding) => return finding,
    };
    let Some(theirs) = answer.out.parse::<f64>().ok().filter(|s| s.is_finite()) else {
        return Finding::unknown(check, "the machine's clock can't be read");
    };
    let seconds = |at: OffsetDateTime| at.unix_timestamp_nanos() as f64 / 1e9;
    let (behind, ahead) = (seconds(heard.sent) - theirs, theirs - seconds(heard.received));
    let (off, way) = if behind > ahead { (behind, "behind") } else { (ahead, "ahead of") };
    let remedy = "timedatectl on the machine; check this computer's clock too";
    if off >= CLOCK_WARN {
        let sentence = format!("its clock is at least {off:.0} s {way} this computer's");
        return if off >= CLOCK_BAD {
            Finding::bad(check, sentence, remedy)
        } else {
            Finding::warn(check, sentence, remedy)
        };
    }
    match answers.said("time-sync") {
        Some(sync) if sync.out == "yes" => Finding::ok(check, "its clock is right and synchronised"),
        Some(sync) if sync.out == "no" => {
            Finding::warn(check, "its clock is right, but not synchronised", "timedatectl set-ntp true on the machine")
        }
        _ => Finding::ok(check, "its clock is right"),
    }
}

/// `apt-get -s upgrade`, and Ubuntu's word that a restart is due.
pub fn packages(answers: &Answers, name: &str) -> Finding {
    let check = "packages";
    let answer = match answers.get(check, check) {
        Ok(answer) if answer.code == 0 => answer,
        Ok(_) => return Finding::unknown(check, "which packages wait can't be read"),
        Err(finding) => return finding,
    };
    let waiting = answer.out.lines().filter(|line| line.starts_with("Inst ")).count();
    let security = answer.out.lines().filter(|line| line.starts_with("Inst ") && line.contains("-security")).count();
    if answer.out.lines().any(|line| line == "reboot-required") {
        let remedy = format!("claw restart --machine {name}");
        return Finding::warn(check, "updates wait for a restart of the machine", remedy);
    }
    if security > 0 {
        let remedy =
            format!("they install by themselves within a day; now: claw ssh {name} -- sudo unattended-upgrade");
        return Finding::warn(check, format!("{security} security updates wait ({waiting} in all)"), remedy);
    }
    match waiting {
        0 => Finding::ok(check, "no package waits for an update"),
        n => Finding::ok(check, format!("no security update waits ({n} others)")),
    }
}
