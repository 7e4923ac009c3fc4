//! `remote` against a real OpenSSH server on loopback, and the gateway against a scripted one.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod access;
mod commands;
mod fleet;
mod gateway;
mod host_keys;
mod pool;
mod proxy;
mod sign_in;
mod sshd;
mod tail;
mod upload;
