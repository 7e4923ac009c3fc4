//! The whole loop without a window: the real binary, real HTTPS, SSH and WebSocket, against `claw sim`.

mod bad_input;
mod cloud;
mod headless;
mod resume;
