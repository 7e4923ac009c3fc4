//! Stages of bootstrapping, read from marker lines; progress and the time left.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// The stages in their order, as `assets/bootstrap` declares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Packages,
    Node,
    Identity,
    Vault,
    Openclaw,
    Config,
    Service,
    Ready,
}

impl Stage {
    pub const ALL: [Stage; 8] = [
        Self::Packages,
        Self::Node,
        Self::Identity,
        Self::Vault,
        Self::Openclaw,
        Self::Config,
        Self::Service,
        Self::Ready,
    ];

    pub fn word(self) -> &'static str {
        ["packages", "node", "identity", "vault", "openclaw", "config", "service", "ready"][self as usize]
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Begin,
    Done,
    Failed,
}

/// `claw-stage <stage> <begin|done|failed> <RFC 3339 time>[ <text>]`, anywhere after a line prefix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    pub stage: Stage,
    pub mark: Mark,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// For `failed`: why and what to do.
    pub text: String,
}

impl Marker {
    /// Reads a log line; anything that is not exactly a marker is `None`.
    pub fn parse(_line: &str) -> Option<Self> {
        todo!()
    }
}

/// Where a machine's bootstrap stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Markers seen, oldest first.
    pub markers: Vec<Marker>,
}

impl Progress {
    pub fn push(&mut self, _marker: Marker) {
        todo!()
    }

    /// The stage at work, or the last one finished.
    pub fn stage(&self) -> Option<Stage> {
        todo!()
    }

    pub fn is_ready(&self) -> bool {
        todo!()
    }

    /// Why it failed, if its last marker says so.
    pub fn failure(&self) -> Option<&Marker> {
        todo!()
    }

    /// Estimated time to `ready`, from typical durations scaled by how this machine went so far.
    /// `None` before the first marker and after a failure.
    pub fn eta(&self, _now: OffsetDateTime) -> Option<Duration> {
        todo!()
    }

    /// 0.0 to 1.0.
    pub fn fraction(&self, _now: OffsetDateTime) -> f64 {
        todo!()
    }
}
