//! The official samples of Azure's REST API hold the shape of what the embedded cloud answers.
//! They lie outside of this repository: in the folder `CLAW_SHARED` names, or in `../shared`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

use claw::sim;

mod arm;
#[allow(dead_code, reason = "shared with the embedded cloud's own tests, which use all of it")]
#[path = "../../src/sim/tests/client.rs"]
mod client;
mod resource_graph;
mod shape;
mod vault;
