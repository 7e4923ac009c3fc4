//! What the window knows. Changed by `update` only.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

pub use super::screen::Screen;
use super::{
    exec::Exec,
    field::Field,
    fleet::FleetView,
    health::Health,
    keys::Keys,
    logs::{Feed, Look as LogLook, Store},
    machine::{MachineView, Tab},
    message::Command,
    prompt::Prompt,
    setup::Setup,
    theme::{Look, Theme},
    tree::PlanView,
};
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
        activity::{Entry, Record},
        config_push::{ConfigPlan, Pushed},
        event::Gauge,
        sync::Planned,
    },
};

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
    pub typed: Field,
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
    /// By name.
    pub machines: Option<Seen<Vec<Instance>>>,
    /// Whether `machines` is more than what was kept from last time, or a picture that may lag behind.
    pub seen_fresh: bool,
    pub views: BTreeMap<String, View>,
    pub planned: Option<Box<Planned>>,
    pub plan: PlanView,
    pub planning: bool,
    pub steps: BTreeMap<StepId, StepState>,
    pub applying: bool,
    /// No new step starts.
    pub paused: bool,
    /// Steps that were taken out of the plan.
    pub undone: BTreeSet<StepId>,
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
    /// A line that is being typed.
    pub prompt: Option<Prompt>,
    /// The record of actions, once it was read, and what is searched in it.
    pub record: Option<Record>,
    pub search: String,
    /// Pairing requests marked for one decision: (machine, request).
    pub marked: BTreeSet<(String, String)>,
    /// What was compared is the config before the last push.
    pub back: bool,
    pub confirm: Option<Confirm>,
    /// The device whose new name is being typed: machine and device ID.
    pub renaming: Option<(String, String)>,
    /// Selected line by screen.
    pub selected: [usize; Screen::COUNT],
    pub logs: Store,
    /// How the logs are looked at.
    pub log_look: LogLook,
    /// Logs that are followed for what is on the screen.
    pub followed: Vec<Feed>,
    pub machine: MachineView,
    pub health: Health,
    /// The last command that ran on many machines.
    pub exec: Option<Exec>,
    /// The first run, as long as there is no team.json.
    pub setup: Option<Setup>,
    /// Themes by name, in the order in which the key shows them, and the one in force.
    pub themes: Vec<(String, Theme)>,
    pub theme: Option<String>,
    /// How far a push has come: machines that are done, with an error where there was one.
    pub pushing: BTreeMap<String, Option<String>>,
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
            seen_fresh: false,
            views: BTreeMap::new(),
            planned: None,
            plan: PlanView::default(),
            planning: false,
            steps: BTreeMap::new(),
            applying: false,
            paused: false,
            undone: BTreeSet::new(),
            applied: None,
            diff: None,
            pushed: None,
            verdicts: BTreeMap::new(),
            asking: None,
            gauge: Gauge::default(),
            note: None,
            help: false,
            help_first: 0,
            prompt: None,
            record: None,
            search: String::new(),
            marked: BTreeSet::new(),
            back: false,
            confirm: None,
            renaming: None,
            selected: [0; Screen::COUNT],
            logs: Store::default(),
            log_look: LogLook::default(),
            followed: Vec::new(),
            machine: MachineView::default(),
            health: Health::default(),
            exec: None,
            setup: None,
            themes: Vec::new(),
            theme: None,
            pushing: BTreeMap::new(),
        }
    }

    pub fn at(&self, screen: Screen) -> usize {
        self.selected[screen as usize]
    }

    /// Every machine by name: those that were seen, and those that the plan will make.
    pub fn rows(&self) -> Vec<(&str, Option<&Instance>)> {
        let seen = self.machines.iter().flat_map(|m| &m.value).map(|i| (i.name.as_str(), Some(i)));
        let planned = self.planned.iter().flat_map(|p| &p.plan.steps).filter_map(|step| match &step.action {
            crate::fleet::step::Action::CreateMachine { machine, .. } => Some((machine.as_str(), None)),
            _ => None,
        });
        let mut rows: Vec<_> = seen.chain(planned).collect();
        // Stable, and machines are kept in this order: what was seen stands before its plan, and is taken.
        rows.sort_by_key(|row| row.0);
        rows.dedup_by_key(|row| row.0);
        rows
    }

    /// A machine that was seen.
    pub fn instance(&self, name: &str) -> Option<&Instance> {
        let all = &self.machines.as_ref()?.value;
        all.get(all.binary_search_by(|i| i.name.as_str().cmp(name)).ok()?)
    }

    /// The machine under the cursor of the fleet screen.
    pub fn selected_machine(&self) -> Option<String> {
        self.fleet.shown.get(self.fleet.position()).cloned()
    }

    /// Puts the fleet screen's cursor on a machine.
    pub fn select_machine(&mut self, name: &str) {
        if let Some(at) = self.fleet.shown.iter().position(|n| n == name) {
            self.fleet.cursor = Some(name.to_owned());
            self.selected[Screen::Fleet as usize] = at;
        }
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

    /// The actions that the search finds, newest first.
    pub fn actions(&self) -> impl Iterator<Item = &Entry> {
        self.record.iter().flat_map(|r| &r.entries).rev().filter(|e| self.search.is_empty() || e.matches(&self.search))
    }

    /// How many lines the screen's cursor can stand on.
    pub fn lines(&self, screen: Screen) -> usize {
        match screen {
            Screen::Fleet | Screen::Logs => self.fleet.shown.len(),
            Screen::Plan => self.plan.lines(),
            Screen::Pairings => self.pending().len() + self.paired().len(),
            Screen::Config => self.diff.as_ref().map_or(0, |d| {
                let changes: usize = d.machines.iter().map(|m| 1 + m.changes.len()).sum();
                changes + d.refused.len() + d.unreachable.len()
            }),
            Screen::Idle => self.verdicts.len(),
            Screen::Activity => self.actions().count(),
            Screen::Health => self.health.troubles().count() + self.health.slowest().len() + self.waiting().len(),
            Screen::Exec => self.exec.as_ref().map_or(0, |e| e.machines.len()),
            Screen::Setup => 0,
            Screen::Machine => self.machine_lines(),
        }
    }

    fn machine_lines(&self) -> usize {
        let Some(machine) = self.selected_machine() else { return 0 };
        let view = self.views.get(&machine);
        match self.machine.tab {
            Tab::Devices => view.map_or(0, |v| v.pending.len() + v.paired.len()),
            _ => self.machine.lines(&machine),
        }
    }

    /// Machines that run and whose gateway does not answer, with its words.
    pub fn waiting(&self) -> Vec<(String, String)> {
        let running = self.machines.iter().flat_map(|m| &m.value).filter(|i| i.power.value == PowerState::Running);
        let waits = running.filter_map(|i| match &self.views.get(&i.name)?.gateway {
            Some((false, why)) => Some((i.name.clone(), why.clone())),
            _ => None,
        });
        waits.collect()
    }

    pub fn power(&self, machine: &str) -> Option<PowerState> {
        self.instance(machine).map(|i| i.power.value)
    }
}
