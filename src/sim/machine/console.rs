//! A machine's serial console, as boot diagnostics keeps it: the last part of all boots.

use std::sync::{Mutex, PoisonError};

/// Azure keeps the last megabyte (azure.md).
const LIMIT: usize = 1024 * 1024;

#[derive(Default)]
pub struct Console(Mutex<String>);

impl Console {
    pub fn line(&self, line: &str) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str(line);
        text.push_str("\r\n");
        if text.len() > LIMIT {
            let over = text.len() - LIMIT;
            // Whole lines, so that no character is cut.
            let cut = text.as_bytes()[over..].iter().position(|b| *b == b'\n').map_or(text.len(), |at| over + at + 1);
            text.drain(..cut);
        }
    }

    pub fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rolls_by_whole_lines() {
        let console = Console::default();
        for n in 0..30_000 {
            console.line(&format!("{n} {}", "ü".repeat(40)));
        }
        let text = console.text();
        assert!(text.len() <= LIMIT && text.len() > LIMIT - 200);
        assert!(text.lines().all(|l| l.ends_with('ü')) && text.ends_with(&format!("29999 {}\r\n", "ü".repeat(40))));
    }
}
