//! Screens as snapshots, keys as messages, and whatever else may come as a property.

mod fixtures;
mod keys;
mod logs;
mod panics;
mod properties;
mod snapshots;
mod terminal;
