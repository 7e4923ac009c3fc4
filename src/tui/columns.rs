//! Columns of the fleet table, as data.

use ratatui::{
    layout::Constraint,
    style::Style,
    text::{Line, Span},
};

use super::{
    state::{State, StepState, View},
    theme::Theme,
};
use crate::{
    fleet::{
        idle::in_words,
        instance::{Instance, PowerState},
        step::StepId,
    },
    ops::text::harmless,
};

/// What a cell is made from.
pub struct Row<'a> {
    pub name: &'a str,
    pub instance: Option<&'a Instance>,
    pub view: Option<&'a View>,
    pub state: &'a State,
    pub theme: Theme,
}

pub struct Column {
    pub title: &'static str,
    pub width: Constraint,
    /// Shown from this window width on.
    pub from_width: u16,
    pub cell: fn(&Row<'_>) -> Line<'static>,
}

pub const COLUMNS: &[Column] = &[
    Column { title: "MEMBER", width: Constraint::Length(14), from_width: 0, cell: member },
    Column { title: "STATE", width: Constraint::Length(13), from_width: 0, cell: power },
    Column { title: "STAGE", width: Constraint::Min(34), from_width: 0, cell: stage },
    Column { title: "GATEWAY", width: Constraint::Length(8), from_width: 0, cell: gateway },
    Column { title: "DEVICES", width: Constraint::Length(12), from_width: 90, cell: devices },
    Column { title: "ADDRESS", width: Constraint::Length(15), from_width: 100, cell: address },
    Column { title: "SIZE", width: Constraint::Length(14), from_width: 140, cell: size },
    Column { title: "SEEN", width: Constraint::Length(10), from_width: 120, cell: age },
    Column { title: "E-MAIL", width: Constraint::Min(20), from_width: 150, cell: email },
];

fn line(text: impl Into<String>, style: Style) -> Line<'static> {
    Line::from(Span::styled(text.into(), style))
}

fn member(row: &Row<'_>) -> Line<'static> {
    let slug = row.instance.and_then(|i| i.slug.as_ref()).map(ToString::to_string);
    line(harmless(&slug.unwrap_or_else(|| row.name.trim_start_matches("claw-").to_owned())), row.theme.text)
}

fn power(row: &Row<'_>) -> Line<'static> {
    let theme = row.theme;
    let Some(instance) = row.instance else {
        let step = row.state.steps.get(&StepId(format!("create-machine/{}", row.name)));
        return match step {
            Some(StepState::Running { .. }) => line("◐ creating", theme.warn),
            Some(StepState::Failed { .. }) => line("✖ failed", theme.bad),
            _ => line("○ planned", theme.dim),
        };
    };
    let word = instance.power.value.word();
    match instance.power.value {
        PowerState::Running => line(format!("● {word}"), theme.good),
        PowerState::Deallocated | PowerState::Stopped => line(format!("○ {word}"), theme.dim),
        PowerState::Unknown => line(format!("? {}", instance.provisioning.to_lowercase()), theme.warn),
        _ => line(format!("◐ {word}"), theme.warn),
    }
}

fn stage(row: &Row<'_>) -> Line<'static> {
    let theme = row.theme;
    let running = row.instance.is_some_and(|i| i.power.value == PowerState::Running);
    let Some(view) = row.view.filter(|_| running) else { return line("", theme.dim) };
    let Some(stage) = view.progress.stage() else { return line("booting", theme.dim) };
    if view.progress.is_ready() {
        return line("✔ ready", theme.good);
    }
    if let Some(failure) = view.progress.failure() {
        return line(format!("✖ {} {}", stage.word(), harmless(&failure.text)), theme.bad);
    }
    let now = row.state.now;
    let filled = (view.progress.fraction(now) * 12.0).round() as usize;
    let eta = view.progress.eta(now).map(in_words).unwrap_or_default();
    Line::from(vec![
        Span::styled("━".repeat(filled), theme.accent),
        Span::styled("─".repeat(12 - filled.min(12)), theme.dim),
        Span::styled(format!(" {:<8} ", stage.word()), theme.text),
        Span::styled(format!("~{eta}"), theme.dim),
    ])
}

fn gateway(row: &Row<'_>) -> Line<'static> {
    let running = row.instance.is_some_and(|i| i.power.value == PowerState::Running);
    match row.view.and_then(|v| v.gateway.as_ref()).filter(|_| running) {
        Some((true, _)) => line("✔ up", row.theme.good),
        Some((false, _)) => line("· waits", row.theme.dim),
        None => line("", row.theme.dim),
    }
}

fn devices(row: &Row<'_>) -> Line<'static> {
    let Some(view) = row.view else { return line("", row.theme.dim) };
    let paired = view.paired.len();
    match view.pending.len() {
        0 if paired == 0 => line("–", row.theme.dim),
        0 => line(format!("{paired} paired"), row.theme.text),
        n => line(format!("{paired} + {n} ask"), row.theme.warn),
    }
}

fn address(row: &Row<'_>) -> Line<'static> {
    line(row.instance.and_then(|i| i.public_ip.clone()).unwrap_or_default(), row.theme.dim)
}

fn size(row: &Row<'_>) -> Line<'static> {
    line(row.instance.map(|i| i.vm_size.clone()).unwrap_or_default(), row.theme.dim)
}

fn age(row: &Row<'_>) -> Line<'static> {
    let age = row.instance.map(|i| format!("{} ago", in_words(i.power.age(row.state.now))));
    line(age.unwrap_or_default(), row.theme.dim)
}

fn email(row: &Row<'_>) -> Line<'static> {
    line(harmless(row.instance.and_then(|i| i.email.as_deref()).unwrap_or_default()), row.theme.dim)
}
