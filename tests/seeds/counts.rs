//! What the days did, so that a rule which holds because nothing happened shows.

use std::{collections::BTreeMap, fmt::Write};

use claw::sim::scenario::FaultKind;

/// What became of one kind of command.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Ends {
    pub ran: usize,
    /// Ended without an error, had something to do and did all of it.
    pub well: usize,
    /// Ended with an error, or with a part undone.
    pub failed: usize,
    pub killed: usize,
    /// A fault struck while it ran.
    pub struck: usize,
}

/// Over one day, or many.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Counts {
    pub kinds: BTreeMap<&'static str, Ends>,
    pub faults: BTreeMap<String, usize>,
    /// What rules wait for, by what it is.
    pub moments: BTreeMap<&'static str, usize>,
}

/// Of so many days the bounds below speak.
pub const DAYS: usize = 2000;
/// A third or less of what 2,000 days show of the rarest.
const FAULTS: usize = 25;
const WELL: usize = 20;
const KILLED: usize = 3;
const STRUCK: usize = 25;

impl Counts {
    pub fn of(&mut self, kind: &'static str) -> &mut Ends {
        self.kinds.entry(kind).or_default()
    }

    pub fn met(&mut self, moment: &'static str) {
        *self.moments.entry(moment).or_default() += 1;
    }

    pub fn add(&mut self, other: Self) {
        for (kind, ends) in other.kinds {
            let sum = self.of(kind);
            sum.ran += ends.ran;
            sum.well += ends.well;
            sum.failed += ends.failed;
            sum.killed += ends.killed;
            sum.struck += ends.struck;
        }
        for (fault, times) in other.faults {
            *self.faults.entry(fault).or_default() += times;
        }
        for (moment, times) in other.moments {
            *self.moments.entry(moment).or_default() += times;
        }
    }

    pub fn table(&self) -> String {
        let mut text =
            "| command | ran | well | failed | killed | met a fault |\n|---|---|---|---|---|---|\n".to_owned();
        for (kind, Ends { ran, well, failed, killed, struck }) in &self.kinds {
            let _ = writeln!(text, "| {kind} | {ran} | {well} | {failed} | {killed} | {struck} |");
        }
        text += "\n| met | times |\n|---|---|\n";
        let faults = self.faults.iter().map(|(name, times)| (name.as_str(), times));
        for (name, times) in self.moments.iter().map(|(name, times)| (*name, times)).chain(faults) {
            let _ = writeln!(text, "| {name} | {times} |");
        }
        text
    }

    /// What 2,000 days must have met and `self` has not.
    pub fn lacking(&self, kinds: &[&'static str], moments: &[(&'static str, usize)]) -> Vec<String> {
        let mut lacking = Vec::new();
        let mut wants = |what: String, times: usize, least: usize| {
            if times < least {
                lacking.push(format!("{what}: {times} times, not {least}"));
            }
        };
        for kind in FaultKind::ALL.map(|kind| format!("{kind:?}")) {
            let times = self.faults.get(&kind).copied().unwrap_or_default();
            wants(kind, times, FAULTS);
        }
        for kind in kinds {
            let Ends { well, killed, struck, .. } = self.kinds.get(kind).copied().unwrap_or_default();
            wants(format!("{kind} ends well"), well, WELL);
            wants(format!("{kind} is killed"), killed, KILLED);
            wants(format!("{kind} meets a fault"), struck, STRUCK);
        }
        for (moment, least) in moments {
            wants((*moment).to_owned(), self.moments.get(moment).copied().unwrap_or_default(), *least);
        }
        lacking
    }
}
