//! The least a ratatui program does: one frame, then it waits for a key. What the window's first frame is held against.

use ratatui::{crossterm::event, widgets::Paragraph};

fn main() -> std::io::Result<()> {
    let mut terminal = ratatui::try_init()?;
    terminal.draw(|frame| frame.render_widget(Paragraph::new("bare"), frame.area()))?;
    event::read()?;
    ratatui::try_restore()
}
