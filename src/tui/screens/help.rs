//! Every key in force: those of this screen first, then those that hold everywhere, then those of other screens.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    popup::{self, Words},
    scroll,
};
use crate::tui::{
    state::{Screen, State},
    theme::Theme,
};

const WIDTH: u16 = 84;

/// Where it stands in a window, for so many lines.
fn place(lines: usize, area: Rect) -> Rect {
    let width = area.width.saturating_sub(4).clamp(40, WIDTH);
    let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2).min(area.height);
    area.centered(width.into(), height.into())
}

/// The last line that can be the first in sight.
pub fn last(state: &State) -> usize {
    let lines = lines(state, state.look.theme).len();
    scroll::last(lines, popup::inside(place(lines, Rect::new(0, 0, state.size.0, state.size.1))))
}

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let lines = lines(state, theme);
    let place = place(lines.len(), area);
    let last = scroll::last(lines.len(), popup::inside(place));
    let first = state.help_first.min(last);
    let below = match last {
        0 => String::new(),
        _ => format!(" {}–{} of {} · ↑ ↓ ", first + 1, first + lines.len() - last, lines.len()),
    };
    let inside = popup::open(Words { above: " Keys ", below }, theme.dim, frame, place);
    // The bar stands where there is no word.
    scroll::draw(lines, first, frame, Rect { x: inside.x + 1, width: inside.width.saturating_sub(1), ..inside });
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
