//! The first run, step by step.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::empty;
use crate::{
    ops::text::harmless,
    tui::{
        setup::{Setup, Step},
        state::State,
        theme::Theme,
    },
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(setup) = &state.setup else { return empty("there is a team.json already", theme, frame, area) };
    let mut lines = Vec::new();
    for step in Step::ALL {
        let (sign, style) = match (step as usize).cmp(&(setup.step as usize)) {
            std::cmp::Ordering::Less => ("✔", theme.good),
            std::cmp::Ordering::Equal => ("▌", theme.accent),
            std::cmp::Ordering::Greater => ("○", theme.dim),
        };
        let mut spans = vec![Span::styled(format!(" {sign} {:<16} ", step.title()), style)];
        if step != setup.step {
            spans.push(Span::styled(said(setup, step), theme.dim));
            lines.push(Line::from(spans));
            continue;
        }
        if step != Step::Review {
            spans.push(Span::styled(format!("{}▏", typed(setup)), theme.text));
        }
        lines.push(Line::from(spans));
        lines.push(Line::from(Span::styled(format!("   {}", step.help()), theme.dim)));
        lines.push(match setup.problem() {
            Some(why) => Line::from(Span::styled(format!("   ! {why}"), theme.warn)),
            None => Line::from(Span::styled("   ✔ fine", theme.good)),
        });
    }
    lines.push(Line::default());
    for line in setup.team().lines() {
        lines.push(Line::from(Span::styled(format!("   {}", harmless(line)), theme.dim)));
    }
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), area);
}

fn said(setup: &Setup, step: Step) -> String {
    match step {
        Step::Review => String::new(),
        Step::Secrets => setup.names().map(|name| format!("{} ", harmless(name))).collect(),
        step => setup.typed.get(step as usize).map(|t| harmless(t)).unwrap_or_default(),
    }
}

/// What is being typed; of a secret only its name.
fn typed(setup: &Setup) -> String {
    match setup.step {
        Step::Secrets => match setup.secret.0.split_once('=') {
            Some((name, value)) => format!("{}={}", harmless(name), "•".repeat(value.chars().count())),
            // It may be a value pasted without its name.
            None => setup.secret.0.chars().map(|c| if c.is_ascii_uppercase() || c == '_' { c } else { '•' }).collect(),
        },
        step => setup.typed.get(step as usize).map(|t| harmless(t)).unwrap_or_default(),
    }
}
