//! `remote` against a real OpenSSH server on loopback, and the gateway against a scripted one.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod access;
mod commands;
mod fleet;
mod gateway;
mod host_keys;
pub mod openclaw;
mod pool;
mod proxy;
#[allow(dead_code, reason = "shared with the tests of the whole program")]
#[path = "../../../tests/real/gateway.rs"]
pub mod real_gateway;
mod sign_in;
pub mod sshd;
mod tail;
mod upload;
