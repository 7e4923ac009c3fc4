//! Asking a person; refusing where there is none.

use std::io::BufRead;

use super::{Output, stderr};
use crate::ops::{OpsError, text::harmless};

/// Goes on after `yes`; without a terminal and without `--yes` it refuses (exit 5).
pub fn yes(output: &Output, question: &str) -> Result<(), OpsError> {
    ask(output, question, "yes")
}

/// The same for what can't be undone: the name itself has to be typed.
pub fn name(output: &Output, question: &str, name: &str) -> Result<(), OpsError> {
    ask(output, question, name)
}

fn ask(output: &Output, question: &str, expected: &str) -> Result<(), OpsError> {
    if output.yes {
        return Ok(());
    }
    if !output.is_interactive() {
        return Err(OpsError::refused(
            format!("this needs a confirmation, and there is no terminal to ask: {question}"),
            "add --yes to confirm beforehand",
        ));
    }
    stderr::show(&harmless(&format!("{question} Type {expected} to go on: ")));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && answer.trim() == expected {
        return Ok(());
    }
    Err(OpsError::refused("not confirmed; nothing was changed", "run it again when you are ready"))
}
