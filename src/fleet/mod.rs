//! What a fleet is: pure values and functions. No I/O, no clock, no async; time comes in as a value.

pub mod allow;
pub mod bootstrap;
pub mod config;
pub mod cost;
pub mod desired;
pub mod expand;
pub mod gateway_log;
pub mod group;
pub mod idle;
pub mod instance;
mod json;
pub mod member;
pub mod names;
pub mod observed;
pub mod pairing;
pub mod person;
pub mod plan;
pub mod preflight;
pub mod secrets;
pub mod seen;
pub mod stage;
pub mod step;
pub mod team;
pub mod verify;
pub mod version;
pub mod what_if;
