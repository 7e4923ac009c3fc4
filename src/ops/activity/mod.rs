//! The record of every action: who, when, what, how it ended, and the `claw …` line that does the same.
//!
//! One file of JSON lines in claw's own folder, only ever appended to: a line when an action begins and one when it
//! ends, so that also what was killed is seen. Window and command line come through the same verbs, and so into the
//! same record.

mod act;
mod entry;
mod read;
mod record;
#[cfg(test)]
mod tests;

pub use self::{
    act::{Act, UNTOLD, quoted},
    entry::{Ending, Entry, State},
    read::{Record, read, since},
    record::{export, lost},
};
pub(super) use record::kept;

/// The record's file in claw's own folder.
pub(super) const FILE: &str = "activity.jsonl";
