//! Every key in force: those of this screen first, then those that hold everywhere, then those of other screens.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, BorderType, Clear, Padding, Paragraph},
};

use crate::tui::{
    state::{Screen, State},
    theme::Theme,
};

const WIDTH: u16 = 84;

/// The last line that can be the first in sight.
pub fn last(state: &State) -> usize {
    let height = usize::from(state.size.1.saturating_sub(2));
    lines(state, state.look.theme).len().saturating_sub(height)
}

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let lines = lines(state, theme);
    let width = area.width.saturating_sub(4).clamp(40, WIDTH);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2).min(area.height);
    let area = area.centered(width.into(), height.into());
    let room = usize::from(height.saturating_sub(2));
    let first = state.help_first.min(lines.len().saturating_sub(room));
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.dim)
        .title(" Keys ")
        .padding(Padding::horizontal(1));
    if lines.len() > room {
        block = block.title_bottom(format!(" {}–{} of {} · ↑ ↓ ", first + 1, first + room, lines.len()));
    }
    frame.render_widget(Clear, area);
    let shown: Vec<_> = lines.into_iter().skip(first).take(room).collect();
    frame.render_widget(Paragraph::new(shown).block(block), area);
}

fn lines(state: &State, theme: Theme) -> Vec<Line<'static>> {
    let others = Screen::ALL.into_iter().filter(|s| *s != state.screen).map(Some);
    let mut lines = Vec::new();
    for place in [Some(state.screen), None].into_iter().chain(others) {
        for (n, bound) in state.keys.of(place).enumerate() {
            let title = place.map_or("Anywhere", Screen::title);
            lines.push(Line::from(vec![
                Span::styled(format!("{:<10}", if n == 0 { title } else { "" }), theme.title),
                Span::styled(format!("{:<13} ", bound.shown), theme.accent),
                Span::styled(format!("{:<31} ", bound.binding.help), theme.text),
                Span::styled(bound.binding.same_as, theme.dim),
            ]));
        }
    }
    lines
}
