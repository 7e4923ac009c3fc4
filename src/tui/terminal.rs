//! The terminal: taken over, and given back whatever happens.

use std::io::{IsTerminal, Stdout, stdout};

use crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute, queue,
    terminal::{
        BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
        disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{Frame, Terminal, backend::CrosstermBackend};

use crate::ops::OpsError;

/// Restores the terminal when dropped.
pub struct Window {
    pub terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Window {
    pub fn open() -> Result<Self, OpsError> {
        if !stdout().is_terminal() || !std::io::stdin().is_terminal() {
            return Err(OpsError::input("the window needs a terminal", "use claw status --json in scripts"));
        }
        let fail = |e: std::io::Error| OpsError::failed(format!("the terminal can't be used: {e}"));
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            before(info);
        }));
        enable_raw_mode().map_err(fail)?;
        execute!(stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste).map_err(|e| {
            restore();
            fail(e)
        })?;
        let terminal = Terminal::new(CrosstermBackend::new(stdout())).map_err(|e| {
            restore();
            fail(e)
        })?;
        Ok(Self { terminal })
    }
}

impl Window {
    /// One frame, which a terminal that knows synchronized output (mode 2026) shows whole or not at all.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> Result<(), OpsError> {
        let fail = |e: std::io::Error| OpsError::failed(format!("the terminal is gone: {e}"));
        queue!(stdout(), BeginSynchronizedUpdate).map_err(fail)?;
        self.terminal.draw(view).map_err(fail)?;
        execute!(stdout(), EndSynchronizedUpdate).map_err(fail)
    }

    /// Gives the terminal to another program for a while.
    pub fn step_aside(&mut self) {
        restore();
    }

    /// Takes it over again; everything is drawn anew.
    pub fn come_back(&mut self) -> Result<(), OpsError> {
        let fail = |e: std::io::Error| OpsError::failed(format!("the terminal can't be used again: {e}"));
        enable_raw_mode().map_err(fail)?;
        execute!(stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, Hide).map_err(fail)?;
        // `Terminal::clear` would ask the terminal where its cursor is, and keys that wait come before the answer.
        execute!(stdout(), Clear(ClearType::All)).map_err(fail)?;
        self.terminal = Terminal::new(CrosstermBackend::new(stdout())).map_err(fail)?;
        Ok(())
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        restore();
    }
}

/// Safe to call twice. A terminal that is gone can't be restored, and needs not.
fn restore() {
    let _ = disable_raw_mode();
    let _ = execute!(
        stdout(),
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        Show
    );
}
