//! The line that is being typed, with what it could become above it.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Paragraph},
};

use super::typed;
use crate::{
    ops::text::harmless,
    tui::{
        field::Field,
        palette::{Choice, choices},
        prompt::{Kind, Prompt},
        state::State,
        theme::Theme,
    },
};

/// Completions shown at once.
const SHOWN: usize = 8;

pub fn draw(state: &State, prompt: &Prompt, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let all = if prompt.kind == Kind::Palette { choices(state, prompt.line.text()) } else { Vec::new() };
    let chosen = prompt.chosen.filter(|at| *at < all.len());
    frame.render_widget(Clear, area);
    let sign = Line::styled(format!(" {}", prompt.sign()), theme.accent);
    let completed = chosen.map(|at| Field::new(&all[at].line));
    typed::draw(sign, completed.as_ref().unwrap_or(&prompt.line), Line::default(), theme, frame, area);
    list(&all, chosen, theme, frame, area);
}

fn list(all: &[Choice], chosen: Option<usize>, theme: Theme, frame: &mut Frame<'_>, below: Rect) {
    let room = SHOWN.min(usize::from(below.y)).min(all.len());
    let first = chosen.unwrap_or(0).saturating_sub(room.saturating_sub(1));
    let lines: Vec<Line<'static>> = all
        .iter()
        .enumerate()
        .skip(first)
        .take(room)
        .map(|(n, choice)| {
            let (mark, style) = if chosen == Some(n) { ("▌", theme.selected) } else { (" ", theme.text) };
            let words = format!("{:<24} ", harmless(&choice.line));
            Line::from(vec![
                Span::styled(mark, theme.accent),
                Span::raw(words),
                Span::styled(choice.help.clone(), theme.dim),
            ])
            .style(style)
        })
        .collect();
    let height = u16::try_from(lines.len()).unwrap_or(0);
    let area = Rect { y: below.y.saturating_sub(height), height, width: below.width.min(72), ..below };
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines), area);
}
