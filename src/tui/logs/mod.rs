//! Logs of many machines: bounded rings, one order over all of them, filters and a search. Pure.

pub mod ansi;
mod level;
mod line;
mod look;
mod pattern;
mod ring;
mod store;
#[cfg(test)]
mod tests;
mod walk;

#[cfg(test)]
pub use self::ring::LIMIT;
pub use self::{
    level::Level,
    line::Line,
    look::{Arrangement, Asked, LogAct, Look, Typing, word},
    pattern::{Filter, Pattern},
    ring::Ring,
    store::{Arrived, Feed, Said, Store},
    walk::{after, before},
};
