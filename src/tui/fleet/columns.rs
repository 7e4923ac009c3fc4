//! Columns of the fleet table, as data. What is not known shows `–`.

use Changes::{Always, Seldom, Told};

use super::cell::{Cell, Order, Tone};
use crate::{
    fleet::{
        cost::Spent,
        idle::{IdleState, in_words},
        instance::{Instance, PowerState},
        step::{Action, StepId},
    },
    ops::text::harmless,
    tui::{
        state::{State, StepState, View},
        throbber,
    },
};

/// What a cell is made from.
pub struct Row<'a> {
    pub name: &'a str,
    pub instance: Option<&'a Instance>,
    pub view: Option<&'a View>,
    pub state: &'a State,
}

impl<'a> Row<'a> {
    pub fn new(state: &'a State, name: &'a str, instance: Option<&'a Instance>) -> Self {
        Self { name, instance, view: state.views.get(name), state }
    }

    /// What is known from inside; only while the machine runs.
    fn inside(&self) -> Option<&'a View> {
        self.view.filter(|_| self.instance.is_some_and(|i| i.power.value == PowerState::Running))
    }
}

/// When a cell may become another. Declared from seldom to always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changes {
    /// Only when machines were seen or planned anew.
    Seldom,
    /// With anything that is told.
    Told,
    /// By itself.
    Always,
}

#[derive(Debug)]
pub struct Column {
    /// In the filter, in what is remembered, and in the list of columns.
    pub id: &'static str,
    pub title: &'static str,
    /// Least width, in characters; the name's is that of the longest one.
    pub width: u16,
    /// How much wider it may become where there is room.
    pub grows: u16,
    pub changes: Changes,
    pub cell: fn(&Row<'_>) -> Cell,
}

/// The width is the least, and by how much it may grow.
const fn column(
    id: &'static str,
    title: &'static str,
    (width, grows): (u16, u16),
    changes: Changes,
    cell: fn(&Row<'_>) -> Cell,
) -> Column {
    Column { id, title, width, grows, changes, cell }
}

/// In the order in which they are shown at first; the first one stays when others are scrolled away.
pub const COLUMNS: &[Column] = &[
    column("name", "NAME", (14, 0), Seldom, name),
    column("state", "STATE", (13, 0), Told, power),
    column("stage", "STAGE", (30, 12), Always, stage),
    column("gateway", "GATEWAY", (8, 0), Told, gateway),
    column("devices", "DEVICES", (10, 0), Told, devices),
    column("active", "ACTIVE", (10, 0), Always, active),
    column("why", "WHY ON OR OFF", (22, 40), Told, why),
    column("address", "ADDRESS", (15, 0), Seldom, address),
    column("version", "VERSION", (10, 0), Told, version),
    column("drift", "DRIFT", (10, 0), Told, drift),
    column("today", "TODAY", (8, 0), Told, today),
    column("month", "MONTH", (8, 0), Told, month),
    column("age", "DATA", (8, 0), Always, age),
    column("size", "SIZE", (14, 0), Seldom, size),
    column("email", "E-MAIL", (20, 20), Seldom, email),
];

pub fn by_id(id: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|c| c.id == id)
}

fn name(row: &Row<'_>) -> Cell {
    Cell::words(
        row.instance.map_or_else(|| row.name.strip_prefix("claw-").unwrap_or(row.name), Instance::short),
        Tone::Text,
    )
}

fn power(row: &Row<'_>) -> Cell {
    let Some(instance) = row.instance else {
        return match row.state.steps.get(&StepId(format!("create-machine/{}", row.name))) {
            Some(StepState::Running { .. }) => Cell::signed(&throbber::sign(row.state), "creating", Tone::Warn, 1),
            Some(StepState::Failed { .. }) => Cell::signed("✖", "failed", Tone::Bad, 0),
            _ => Cell::signed("○", "planned", Tone::Dim, 5),
        };
    };
    let word = instance.power.value.word();
    match instance.power.value {
        PowerState::Running => Cell::signed("●", word, Tone::Good, 3),
        PowerState::Deallocated | PowerState::Stopped => Cell::signed("○", word, Tone::Dim, 4),
        PowerState::Unknown => Cell::signed("?", &instance.provisioning.to_lowercase(), Tone::Warn, 1),
        _ => Cell::signed(&throbber::sign(row.state), word, Tone::Warn, 2),
    }
}

const BAR: usize = 10;

fn stage(row: &Row<'_>) -> Cell {
    let Some(view) = row.inside() else { return Cell::unknown() };
    let Some(stage) = view.progress.stage() else {
        return Cell::signed(&throbber::sign(row.state), "booting", Tone::Dim, 1);
    };
    if view.progress.is_ready() {
        return Cell::signed("✔", "ready", Tone::Good, 1_001);
    }
    if let Some(failure) = view.progress.failure() {
        let words = format!("failed in {}: {}", stage.word(), failure.text);
        return Cell::signed("✖", &words, Tone::Bad, 0);
    }
    let now = row.state.now;
    let fraction = view.progress.fraction(now).clamp(0.0, 1.0);
    let filled = ((fraction * BAR as f64).round() as usize).min(BAR);
    let eta = view.progress.eta(now).map(|eta| format!("~{}", in_words(eta))).unwrap_or_default();
    let parts = vec![
        (format!("{} ", throbber::sign(row.state)), Tone::Accent),
        ("━".repeat(filled), Tone::Accent),
        ("─".repeat(BAR - filled), Tone::Dim),
        (format!(" {:<8} ", stage.word()), Tone::Text),
        (eta, Tone::Dim),
    ];
    Cell { parts, order: Order::Number(2 + (fraction * 998.0) as i64), text: stage.word().to_owned() }
}

fn gateway(row: &Row<'_>) -> Cell {
    match row.inside().and_then(|v| v.gateway.as_ref()) {
        Some((true, _)) => Cell::signed("✔", "up", Tone::Good, 1),
        Some((false, _)) => Cell::signed("·", "waits", Tone::Warn, 0),
        None => Cell::unknown(),
    }
}

fn devices(row: &Row<'_>) -> Cell {
    let Some(view) = row.view.filter(|v| v.devices_known || !v.pending.is_empty()) else { return Cell::unknown() };
    let (pending, paired) = (view.pending.len(), view.paired.len());
    let known = if view.devices_known { paired.to_string() } else { "–".to_owned() };
    let order = (paired + 1_000 * pending) as i64;
    match pending {
        0 => Cell::number(format!("{known} paired"), if paired == 0 { Tone::Dim } else { Tone::Text }, order),
        1 => Cell::number(format!("{known} + 1 asks"), Tone::Warn, order),
        n => Cell::number(format!("{known} + {n} ask"), Tone::Warn, order),
    }
}

/// The last sign of a device of its owner.
fn active(row: &Row<'_>) -> Cell {
    let Some(view) = row.view.filter(|v| v.devices_known) else { return Cell::unknown() };
    if view.paired.iter().any(|d| d.connected) && row.inside().is_some() {
        return Cell::signed("●", "now", Tone::Good, 0);
    }
    let Some(last) = view.paired.iter().filter_map(|d| d.last_seen).max() else { return Cell::unknown() };
    let ago = (row.state.now - last).max(time::Duration::ZERO);
    Cell::number(in_words(ago), Tone::Text, ago.whole_seconds())
}

fn why(row: &Row<'_>) -> Cell {
    let Some(verdict) = row.state.verdicts.get(row.name) else { return Cell::unknown() };
    let tone = match verdict.state {
        IdleState::Idle => Tone::Warn,
        IdleState::InUse | IdleState::Kept => Tone::Good,
        IdleState::Off | IdleState::Unknown => Tone::Dim,
    };
    Cell::words(&verdict.reason, tone)
}

fn address(row: &Row<'_>) -> Cell {
    Cell::maybe(row.instance.and_then(|i| i.public_ip.as_deref()), Tone::Dim)
}

fn version(row: &Row<'_>) -> Cell {
    Cell::maybe(row.view.and_then(|v| v.version.as_deref()), Tone::Text)
}

/// Against the plan, and against the config that was last compared.
fn drift(row: &Row<'_>) -> Cell {
    let plan = row.state.planned.as_ref().map(|p| {
        let steps = p.plan.steps.iter().filter(|s| s.target == row.name);
        let steps = steps.filter(|s| !matches!(s.action, Action::CreateMachine { .. })).count();
        steps + p.plan.differences.iter().filter(|d| d.target == row.name).count()
    });
    let diff = row.state.diff.iter().flat_map(|d| &d.machines).find(|m| m.machine == row.name).map(|m| m.changes.len());
    match (row.instance, plan, diff) {
        (None, ..) | (_, None, None) => Cell::unknown(),
        (_, plan, diff) => match plan.unwrap_or(0) + diff.unwrap_or(0) {
            0 => Cell::signed("✔", "none", Tone::Dim, 0),
            n => Cell::signed("≠", &format!("{n} differ"), Tone::Warn, n as i64),
        },
    }
}

fn today(row: &Row<'_>) -> Cell {
    spent(row.view.and_then(|v| v.cost.as_ref()).map(|c| c.today))
}

fn month(row: &Row<'_>) -> Cell {
    spent(row.view.and_then(|v| v.cost.as_ref()).map(|c| c.month))
}

/// An estimate; at least so much where nobody looked for a while.
fn spent(spent: Option<Spent>) -> Cell {
    let known = spent.and_then(|s| Some((s.short()?, s.at_least?)));
    known.map_or_else(Cell::unknown, |(words, least)| Cell::number(words, Tone::Text, least.0))
}

fn age(row: &Row<'_>) -> Cell {
    let Some(instance) = row.instance else { return Cell::unknown() };
    let age = instance.power.age(row.state.now);
    Cell::number(in_words(age), Tone::Dim, age.whole_seconds())
}

fn size(row: &Row<'_>) -> Cell {
    Cell::maybe(row.instance.map(|i| i.vm_size.as_str()), Tone::Dim)
}

fn email(row: &Row<'_>) -> Cell {
    Cell::maybe(row.instance.and_then(|i| i.email.as_deref()).map(harmless).as_deref(), Tone::Dim)
}
