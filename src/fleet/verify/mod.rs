//! Is a machine well? Judged from what its checks answered. Pure.

mod answers;
mod gateway;
mod system;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use answers::Answers;

/// How a check came out. What could not be seen is not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Ok,
    Warn,
    Unknown,
    Bad,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Bad => "bad",
        }
    }
}

/// One thing looked at on one machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// E.g. `health`.
    pub check: String,
    pub outcome: Outcome,
    /// One sentence; may hold words of the machine.
    pub sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    fn new(check: &str, outcome: Outcome, sentence: impl Into<String>) -> Self {
        Self { check: check.into(), outcome, sentence: sentence.into(), remedy: None }
    }

    pub fn ok(check: &str, sentence: impl Into<String>) -> Self {
        Self::new(check, Outcome::Ok, sentence)
    }

    pub fn unknown(check: &str, sentence: impl Into<String>) -> Self {
        Self::new(check, Outcome::Unknown, sentence)
    }

    pub fn warn(check: &str, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::new(check, Outcome::Warn, sentence) }
    }

    pub fn bad(check: &str, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::new(check, Outcome::Bad, sentence) }
    }
}

/// What a machine's script said, and when it was asked.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    pub stdout: &'a str,
    /// Local time before the script was sent and after its end: the machine's clock must lie between.
    pub sent: OffsetDateTime,
    pub received: OffsetDateTime,
    /// The name people use for the machine, for remedies.
    pub name: &'a str,
    /// The OpenClaw that the team wants.
    pub version: &'a str,
}

/// Every check, in the order in which a person would look.
pub fn findings(heard: &Heard<'_>) -> Vec<Finding> {
    let answers = Answers::read(heard.stdout);
    let mut all = vec![
        system::cloud_init(&answers, heard.name),
        system::bootstrap(&answers, heard.name),
        gateway::service(&answers, heard.name),
        gateway::health(&answers, heard.name),
        gateway::listen(&answers),
        gateway::security(&answers),
        gateway::secrets(&answers),
        gateway::plaintext(&answers),
        system::disk(&answers),
        system::clock(&answers, heard),
        gateway::versions(&answers, heard),
        gateway::update(&answers, heard.name),
        system::packages(&answers, heard.name),
    ];
    if answers.said("end").is_none() {
        all.push(Finding::unknown("script", "the checks ended before the last one"));
    }
    all
}
