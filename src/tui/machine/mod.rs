//! One machine: what is known of it besides its row, and which part of that is shown.

mod history;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use self::history::{History, machine_of};
use crate::{
    fleet::{cost::Prices, seen::Seen, verify::Finding},
    ops::config_push::ConfigPlan,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Overview,
    Timeline,
    Log,
    Devices,
    Drift,
    Checks,
    Bill,
}

impl Tab {
    pub const ALL: [Tab; 7] =
        [Self::Overview, Self::Timeline, Self::Log, Self::Devices, Self::Drift, Self::Checks, Self::Bill];

    pub fn title(self) -> &'static str {
        ["Overview", "Timeline", "Log", "Devices", "Config", "Checks", "Cost"][self as usize]
    }
}

/// What the keys of the machine screen do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineAct {
    Show(Tab),
    /// Asks again for what is shown.
    Again,
    Next,
    Previous,
}

/// What was asked about a machine, and came back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Answer {
    Checked(Vec<Finding>),
    Drifted(ConfigPlan),
    Priced(Result<Prices, String>),
    Failed { tab: String, why: String },
}

#[derive(Clone, Debug, Default)]
pub struct MachineView {
    pub tab: Tab,
    /// First row in sight of a part that scrolls.
    pub first: usize,
    pub checks: BTreeMap<String, Seen<Vec<Finding>>>,
    pub drift: BTreeMap<String, Seen<ConfigPlan>>,
    /// List prices of the sizes that were asked for, or why there are none.
    pub prices: Option<Seen<Result<Prices, String>>>,
    /// Why a question about a machine found no answer.
    pub failed: BTreeMap<(String, String), String>,
    pub history: BTreeMap<String, History>,
}

impl MachineView {
    pub fn take(&mut self, machine: String, answer: Answer, now: OffsetDateTime) {
        match answer {
            Answer::Checked(findings) => {
                self.failed.remove(&(machine.clone(), Tab::Checks.title().to_owned()));
                self.checks.insert(machine, Seen::new(findings, now));
            }
            Answer::Drifted(plan) => {
                self.failed.remove(&(machine.clone(), Tab::Drift.title().to_owned()));
                self.drift.insert(machine, Seen::new(plan, now));
            }
            Answer::Priced(prices) => self.prices = Some(Seen::new(prices, now)),
            Answer::Failed { tab, why } => {
                self.failed.insert((machine, tab), why);
            }
        }
    }

    /// Lines that the cursor can stand on.
    pub fn lines(&self, machine: &str) -> usize {
        match self.tab {
            Tab::Timeline => self.history.get(machine).map_or(0, History::len),
            _ => 0,
        }
    }

    pub fn why_not(&self, machine: &str, tab: Tab) -> Option<&str> {
        self.failed.get(&(machine.to_owned(), tab.title().to_owned())).map(String::as_str)
    }
}
