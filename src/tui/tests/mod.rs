//! Screens as snapshots, keys as messages, and whatever else may come as a property.

mod activity;
mod fixtures;
mod fleet;
mod keyfile;
mod keys;
mod logs;
mod machine;
mod mouse;
mod palette;
mod panics;
mod plan;
mod properties;
mod record;
mod snapshots;
mod terminal;
