//! Screens as snapshots, keys as messages, and whatever else may come as a property.

mod fixtures;
mod fleet;
mod keyfile;
mod keys;
mod logs;
mod machine;
mod mouse;
mod panics;
mod properties;
mod snapshots;
mod terminal;
