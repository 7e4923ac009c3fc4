//! Drawing into a test terminal.

use ratatui::{Terminal, backend::TestBackend};

use crate::tui::{state::State, view};

/// The screen as text.
pub fn draw(state: &State, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(state, frame)).unwrap();
    terminal.backend().to_string()
}

/// The places of each style, in reading order: `x,y style`.
pub fn styles(state: &State, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(state, frame)).unwrap();
    let (mut text, mut last) = (String::new(), None);
    let buffer = terminal.backend().buffer();
    for y in 0..height {
        for x in 0..width {
            let cell = &buffer[(x, y)];
            let style = (cell.fg, cell.bg, cell.modifier);
            if last != Some(style) && cell.symbol() != " " {
                text.push_str(&format!("{x},{y} {:?} on {:?} {:?}\n", cell.fg, cell.bg, cell.modifier));
                last = Some(style);
            }
        }
    }
    text
}
