//! Who uses their machine, with the reasons in words.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{busy, empty, list};
use crate::{
    fleet::{idle::IdleState, instance::PowerState},
    ops::text::harmless,
    tui::{
        state::{Screen, State},
        theme::Theme,
    },
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    if state.verdicts.is_empty() {
        return match state.asking {
            Some(asking) => busy(asking, state, theme, frame, area),
            None => empty("press i to ask every machine who uses it", theme, frame, area),
        };
    }
    let lines = state.verdicts.iter().enumerate().map(|(n, (machine, verdict))| {
        let style = match verdict.state {
            IdleState::Idle => theme.warn,
            IdleState::InUse | IdleState::Kept => theme.good,
            IdleState::Off | IdleState::Unknown => theme.dim,
        };
        let power = state.power(machine).filter(|p| *p != PowerState::Running).map(|p| format!("  ({})", p.word()));
        let spans = vec![
            Span::styled(format!("{machine:<20}"), theme.text),
            Span::styled(harmless(&verdict.reason), style),
            Span::styled(power.unwrap_or_default(), theme.dim),
        ];
        (Some(n), Line::from(spans))
    });
    list(lines.collect(), state.at(Screen::Idle), theme, frame, area);
}
