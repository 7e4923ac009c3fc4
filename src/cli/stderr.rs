//! Words on standard error. Whoever closed it, or a disk that is full, ends no work: `eprintln!` would panic.

use std::io::Write as _;

/// A line.
pub fn say(text: &str) {
    show(&format!("{text}\n"));
}

/// Without an end of line.
pub fn show(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}
