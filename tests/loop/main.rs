//! The whole loop without a window: the real binary, real HTTPS, SSH and WebSocket, against `claw sim`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

mod activity;
mod allow;
mod bad_input;
mod care;
mod cloud;
mod completions;
mod config;
mod contract;
mod cost;
mod devices;
mod documents;
mod down;
mod examples;
mod exec;
mod exec_stream;
mod first_frame;
mod groups;
mod headless;
mod holdings;
mod hostile;
mod idle;
mod killed;
mod member;
mod member_found;
mod nightly;
mod open;
mod preflight;
mod process;
mod pty;
mod resume;
mod secrets;
mod settings;
mod signed;
mod signed_out;
mod sim_folder;
mod sovereign;
mod ssh_config;
mod ssh_signals;
mod streams;
mod terminal;
mod unattended;
mod what_if;
mod workload;
