//! Answers as claw reads them: unknown fields are ignored, every field may be missing, enums stay text.

pub mod access;
pub mod compute;
pub mod deployment;
pub mod graph;
pub mod network;
pub mod resource;
pub mod resource_graph;
