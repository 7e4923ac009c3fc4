//! What operations tell while they run; window and scripts read the same stream.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fleet::{
    cost::Costs,
    idle::Verdict,
    instance::Instance,
    pairing::{PairedDevice, PairingRequest},
    seen::Seen,
    stage::Marker,
    step::StepId,
};

/// What is left of the published limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gauge {
    pub reads_left: u32,
    pub reads_max: u32,
    pub writes_left: u32,
    pub writes_max: u32,
    pub requests: u64,
    pub throttled: u64,
    pub waiting_ms: u64,
}

/// How quickly a machine answers over SSH, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundTrip {
    /// From the first byte to the end of authentication.
    pub connected_us: u64,
    /// A question and its answer, the last time.
    pub last_us: u64,
    /// Of the last 15.
    pub median_us: u64,
}

/// Where a log line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogSource {
    Bootstrap,
    Console,
    Gateway,
}

/// Which of its outputs a command wrote to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Stdout,
    Stderr,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The machines as just seen; `fresh` is false for the first, possibly stale, picture.
    Machines {
        machines: Seen<Vec<Instance>>,
        fresh: bool,
    },
    StepStarted {
        step: StepId,
    },
    StepProgress {
        step: StepId,
        message: String,
    },
    StepDone {
        step: StepId,
        seconds: f64,
    },
    StepFailed {
        step: StepId,
        error: String,
        remedy: Option<String>,
    },
    /// Not tried, because a step before it failed.
    StepSkipped {
        step: StepId,
        because: StepId,
    },
    /// All steps ended.
    Applied {
        done: usize,
        failed: usize,
        skipped: usize,
    },
    /// A bootstrap marker of a machine.
    Stage {
        machine: String,
        marker: Marker,
    },
    /// A log line; control characters still in it.
    Line {
        machine: String,
        source: LogSource,
        text: String,
    },
    /// A log's connection came or went; for people.
    LogNote {
        machine: String,
        source: LogSource,
        text: String,
    },
    /// A line that a command wrote on a machine; control characters still in it.
    Said {
        machine: String,
        stream: Stream,
        text: String,
        /// The line is longer than one event holds, and goes on in the next one of this stream.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        goes_on: bool,
    },
    /// A command ended on a machine, or did not run there.
    Ended {
        machine: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// The gateway of a machine answers, or not (with the reason).
    Gateway {
        machine: String,
        ok: bool,
        detail: String,
    },
    /// The release of OpenClaw that a machine's gateway says it is.
    Version {
        machine: String,
        version: String,
    },
    /// What machines have cost so far, by name: estimates, in the currency of the prices.
    Spent {
        machines: BTreeMap<String, Costs>,
    },
    /// All devices of a machine, replacing what was known.
    Devices {
        machine: String,
        pending: Vec<PairingRequest>,
        paired: Vec<PairedDevice>,
    },
    PairingRequested {
        request: PairingRequest,
    },
    PairingResolved {
        machine: String,
        request_id: String,
        decision: String,
    },
    Idle {
        machine: String,
        verdict: Verdict,
    },
    ConfigPushed {
        machine: String,
        changes: usize,
    },
    ConfigFailed {
        machine: String,
        error: String,
    },
    Throttle {
        gauge: Gauge,
    },
    /// How quickly machines answer, by name: those where it changed.
    RoundTrips {
        machines: BTreeMap<String, RoundTrip>,
    },
    /// Something a person should know, e.g. "secrets.json: 2 secrets pushed".
    Note {
        text: String,
    },
    /// A background operation failed; it goes on where it can.
    Problem {
        operation: String,
        message: String,
        remedy: Option<String>,
    },
}
