//! What the window knows. Changed by `update` only.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{fleet::FleetView, keys::Keys, message::Command, rings::Ring, theme::Look};
use crate::{
    fleet::{
        cost::Costs,
        idle::Verdict,
        instance::{Instance, PowerState},
        pairing::{PairedDevice, PairingRequest},
        seen::Seen,
        stage::Progress,
        step::StepId,
    },
    ops::{
        config_push::{ConfigPlan, Pushed},
        event::Gauge,
        sync::Planned,
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Screen {
    Fleet,
    Plan,
    Logs,
    Pairings,
    Config,
    Idle,
}

impl Screen {
    pub const ALL: [Screen; 6] = [Self::Fleet, Self::Plan, Self::Logs, Self::Pairings, Self::Config, Self::Idle];
    pub const COUNT: usize = Self::ALL.len();

    pub fn title(self) -> &'static str {
        ["Fleet", "Plan", "Logs", "Pairings", "Config", "Idle"][self as usize]
    }
}

/// What happened to a step so far.
#[derive(Clone, Debug, PartialEq)]
pub enum StepState {
    Running { message: String, since: OffsetDateTime },
    Done { seconds: f64 },
    Failed { error: String, remedy: Option<String> },
    Skipped,
}

/// What is known of a machine besides its row.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub progress: Progress,
    pub log: Ring,
    /// Whether the gateway answers, and its words.
    pub gateway: Option<(bool, String)>,
    /// All paired devices are known, even if there is none.
    pub devices_known: bool,
    /// Of OpenClaw, as its gateway says.
    pub version: Option<String>,
    /// Estimated cost so far.
    pub cost: Option<Costs>,
    pub pending: Vec<PairingRequest>,
    pub paired: Vec<PairedDevice>,
}

/// A question that must be answered before something happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirm {
    pub question: String,
    /// `None`: `y`. Otherwise this text has to be typed.
    pub expected: Option<String>,
    pub typed: String,
    pub command: Command,
}

#[derive(Clone, Debug)]
pub struct State {
    pub now: OffsetDateTime,
    pub title: Option<String>,
    pub colour: bool,
    pub look: Look,
    pub keys: Keys,
    pub fleet: FleetView,
    /// Of the whole window, in characters.
    pub size: (u16, u16),
    pub screen: Screen,
    pub machines: Option<Seen<Vec<Instance>>>,
    pub views: BTreeMap<String, View>,
    pub planned: Option<Box<Planned>>,
    pub planning: bool,
    pub steps: BTreeMap<StepId, StepState>,
    pub applying: bool,
    /// Words about the last apply, e.g. "applied: 20 done".
    pub applied: Option<String>,
    pub diff: Option<ConfigPlan>,
    pub pushed: Option<Pushed>,
    pub verdicts: BTreeMap<String, Verdict>,
    pub asking: Option<&'static str>,
    pub gauge: Gauge,
    pub note: Option<(String, bool)>,
    pub help: bool,
    /// First line of the help in sight.
    pub help_first: usize,
    pub confirm: Option<Confirm>,
    /// Selected line by screen.
    pub selected: [usize; Screen::COUNT],
    /// Follow the log's end; otherwise the first line shown.
    pub follow: bool,
    pub scroll: usize,
    pub has_config_file: bool,
}

impl State {
    pub fn new(now: OffsetDateTime) -> Self {
        Self {
            now,
            title: None,
            colour: true,
            look: Look::default(),
            keys: Keys::default(),
            fleet: FleetView::default(),
            size: (80, 24),
            screen: Screen::Fleet,
            machines: None,
            views: BTreeMap::new(),
            planned: None,
            planning: false,
            steps: BTreeMap::new(),
            applying: false,
            applied: None,
            diff: None,
            pushed: None,
            verdicts: BTreeMap::new(),
            asking: None,
            gauge: Gauge::default(),
            note: None,
            help: false,
            help_first: 0,
            confirm: None,
            selected: [0; Screen::COUNT],
            follow: true,
            scroll: 0,
            has_config_file: false,
        }
    }

    pub fn at(&self, screen: Screen) -> usize {
        self.selected[screen as usize]
    }

    /// Every machine by name: those that were seen, and those that the plan will make.
    pub fn rows(&self) -> Vec<(String, Option<&Instance>)> {
        let mut rows: BTreeMap<String, Option<&Instance>> = BTreeMap::new();
        for step in self.planned.iter().flat_map(|p| &p.plan.steps) {
            if let crate::fleet::step::Action::CreateMachine { machine, .. } = &step.action {
                rows.insert(machine.clone(), None);
            }
        }
        rows.extend(self.machines.iter().flat_map(|m| &m.value).map(|i| (i.name.clone(), Some(i))));
        rows.into_iter().collect()
    }

    /// The machine under the cursor of the fleet screen.
    pub fn selected_machine(&self) -> Option<String> {
        self.fleet.shown.get(self.fleet.position()).cloned()
    }

    /// All pending requests of the fleet, oldest first.
    pub fn pending(&self) -> Vec<&PairingRequest> {
        let mut all: Vec<_> = self.views.values().flat_map(|v| &v.pending).collect();
        all.sort_by(|a, b| (a.requested_at, &a.request_id).cmp(&(b.requested_at, &b.request_id)));
        all
    }

    /// All paired devices of the fleet, machine by machine.
    pub fn paired(&self) -> Vec<&PairedDevice> {
        let mut all: Vec<_> = self.views.values().flat_map(|v| &v.paired).collect();
        all.sort_by(|a, b| (&a.machine, &a.device_id).cmp(&(&b.machine, &b.device_id)));
        all
    }

    /// How many lines the screen's cursor can stand on.
    pub fn lines(&self, screen: Screen) -> usize {
        match screen {
            Screen::Fleet | Screen::Logs => self.fleet.shown.len(),
            Screen::Plan => self.planned.as_ref().map_or(0, |p| p.plan.steps.len()),
            Screen::Pairings => self.pending().len() + self.paired().len(),
            Screen::Config => self.diff.as_ref().map_or(0, |d| d.machines.len()),
            Screen::Idle => self.verdicts.len(),
        }
    }

    pub fn power(&self, machine: &str) -> Option<PowerState> {
        let mut all = self.machines.iter().flat_map(|m| &m.value);
        all.find(|i| i.name == machine).map(|i| i.power.value)
    }
}
