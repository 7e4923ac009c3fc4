//! Screens as snapshots, keys as messages, and whatever else may come as a property.

mod activity;
mod devices;
mod exec;
mod fixtures;
mod fleet;
mod health;
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
mod scroll;
mod sessions;
mod setup;
mod snapshots;
mod soak;
mod terminal;
mod typing;
