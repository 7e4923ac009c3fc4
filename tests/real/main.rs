//! Real counterparts, which `tests/run.sh` installs: the Azure CLI as the judge of the embedded cloud, and what else
//! judges what claw sends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

mod access;
mod az;
mod care;
#[allow(dead_code, reason = "shared with the tests of the loop, which use all of it")]
#[path = "../loop/cloud.rs"]
mod cloud;
#[allow(dead_code, reason = "shared in the same way")]
#[path = "../loop/contract.rs"]
mod contract;
mod extras;
mod fleet;
mod judges;
mod machines;
mod restore;
mod stranger;
mod template;
mod ubuntu;
mod upgrade;
