//! The whole loop without a window: the real binary, real HTTPS, SSH and WebSocket, against `claw sim`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

mod bad_input;
mod cloud;
mod groups;
mod headless;
mod resume;
