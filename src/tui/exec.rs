//! One command on many machines: what came back so far.

use std::collections::BTreeMap;

/// Bytes of a machine's answer that are kept.
const KEPT: usize = 16 * 1024;

/// How it goes on one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The exit code, or why it did not run; `None` as long as it runs.
    pub end: Option<Result<u32, String>>,
    /// The end of what it said.
    pub text: String,
}

impl Answer {
    pub fn say(&mut self, text: &str) {
        self.text.push_str(text);
        let over = self.text.len().saturating_sub(KEPT);
        let from = (over..=self.text.len()).find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        self.text.drain(..from);
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exec {
    pub command: String,
    pub machines: BTreeMap<String, Answer>,
}

impl Exec {
    pub fn new(command: &str, machines: &[String]) -> Self {
        Self {
            command: command.to_owned(),
            machines: machines.iter().map(|m| (m.clone(), Answer::default())).collect(),
        }
    }

    /// How many ended with 0, otherwise, and not yet.
    pub fn count(&self) -> (usize, usize, usize) {
        let of = |wanted: fn(&Answer) -> bool| self.machines.values().filter(|a| wanted(a)).count();
        let good = of(|a| a.end == Some(Ok(0)));
        let open = of(|a| a.end.is_none());
        (good, self.machines.len() - good - open, open)
    }
}
