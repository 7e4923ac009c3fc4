//! The room against a real wire: TLS behind a CONNECT proxy on loopback, scripted answers, recorded requests.

mod errors;
mod fake;
mod groups;
mod hostile;
mod operations;
mod people;
mod prices;
mod reading;
mod run_command;
mod samples;
mod sign_in;
mod spoilt;
mod throttling;
mod vaults;
mod what_if;
