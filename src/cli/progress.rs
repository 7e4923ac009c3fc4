//! A bar on the last line of a terminal while steps run; nothing elsewhere, where the lines say it.

use std::{io::IsTerminal, time::Instant};

use super::{Output, stderr};
use crate::ops::{Event, text::harmless};

const WIDTH: usize = 20;

/// How far a known number of steps has come.
pub struct Progress {
    /// Without a terminal there is none.
    is_shown: bool,
    total: usize,
    ended: usize,
    running: Vec<String>,
    since: Instant,
}

impl Progress {
    /// `total` steps are to come; none is drawn for 0.
    pub fn new(output: &Output, total: usize) -> Self {
        let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let is_shown = total > 0 && !output.json && !output.is_quiet() && !is_dumb && std::io::stderr().is_terminal();
        Self { is_shown, total, ended: 0, running: Vec::new(), since: Instant::now() }
    }

    /// Counts what an event says.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::StepStarted { step } => self.running.push(step.to_string()),
            Event::StepDone { step, .. } | Event::StepFailed { step, .. } | Event::StepSkipped { step, .. } => {
                self.running.retain(|running| *running != step.to_string());
                self.ended += 1;
            }
            _ => {}
        }
    }

    /// Draws the bar over itself.
    pub fn draw(&self) {
        if self.is_shown && self.ended < self.total {
            stderr::show(&format!("\r\x1b[2K{}", harmless(&self.line(self.since.elapsed().as_secs()))));
        }
    }

    /// Takes the bar away, so that something else can be written there.
    pub fn clear(&self) {
        if self.is_shown {
            stderr::show("\r\x1b[2K");
        }
    }

    /// Short enough for 80 columns, so that it never wraps.
    fn line(&self, seconds: u64) -> String {
        let full = (self.ended * WIDTH / self.total.max(1)).min(WIDTH);
        let bar: String = std::iter::repeat_n('█', full).chain(std::iter::repeat_n('░', WIDTH - full)).collect();
        let others = match self.running.len() {
            0 | 1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let first: String = self.running.first().map(|step| step.chars().take(30).collect()).unwrap_or_default();
        format!("{bar} {}/{} {seconds} s {first}{others}", self.ended, self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::step::StepId;

    #[test]
    fn the_bar_counts_what_ended_and_names_what_runs() {
        let mut progress = Progress { is_shown: true, total: 4, ended: 0, running: Vec::new(), since: Instant::now() };
        let step = |name: &str| StepId(name.into());
        for name in ["a", "b", "c"] {
            progress.take(&Event::StepStarted { step: step(name) });
        }
        progress.take(&Event::StepDone { step: step("a"), seconds: 1.0 });
        assert_eq!(progress.line(7), "█████░░░░░░░░░░░░░░░ 1/4 7 s b and 1 more");
        progress.take(&Event::StepFailed { step: step("b"), error: "no".into(), remedy: None });
        progress.take(&Event::StepSkipped { step: step("d"), because: step("b") });
        assert_eq!(progress.line(9), "███████████████░░░░░ 3/4 9 s c");
    }
}
