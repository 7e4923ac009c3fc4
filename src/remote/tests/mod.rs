//! `remote` against a real OpenSSH server on loopback, and the gateway against a scripted one.

mod access;
mod commands;
mod gateway;
mod pool;
mod proxy;
mod sshd;
mod tail;
mod upload;
