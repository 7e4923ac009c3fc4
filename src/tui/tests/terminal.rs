//! Drawing into a test terminal.

use ratatui::{Terminal, backend::TestBackend};

use crate::tui::{state::State, view};

/// The screen as text.
pub fn draw(state: &State, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(state, frame)).unwrap();
    terminal.backend().to_string()
}
