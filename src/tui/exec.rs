//! One command on many machines: what came back so far.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Bytes of a machine's answer that are kept.
const KEPT: usize = 16 * 1024;

/// How it went on one machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The exit code; `None` when it did not run.
    pub code: Option<u32>,
    /// What it said, or why it did not run.
    pub text: String,
}

impl Answer {
    /// Keeps the end of a long text.
    pub fn new(code: Option<u32>, text: &str) -> Self {
        let from = text.len().saturating_sub(KEPT);
        let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        Self { code, text: text[from..].to_owned() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exec {
    pub command: String,
    /// `None` as long as it runs.
    pub machines: BTreeMap<String, Option<Answer>>,
}

impl Exec {
    pub fn new(command: &str, machines: &[String]) -> Self {
        Self { command: command.to_owned(), machines: machines.iter().map(|m| (m.clone(), None)).collect() }
    }

    /// How many ended with 0, otherwise, and not yet.
    pub fn count(&self) -> (usize, usize, usize) {
        let of = |wanted: fn(&Option<Answer>) -> bool| self.machines.values().filter(|a| wanted(a)).count();
        (
            of(|a| a.as_ref().is_some_and(|a| a.code == Some(0))),
            of(|a| a.as_ref().is_some_and(|a| a.code != Some(0))),
            of(Option::is_none),
        )
    }
}
