//! The embedded ARM as a client sees it, on a paused clock.

mod attach;
mod cloud;
mod deployments;
mod expressions;
mod golden;
mod groups;
mod limits;
mod lists;
mod machines;
mod network;
mod operations;
mod roles;
mod scale_sets;
mod vaults;
mod what_if;
