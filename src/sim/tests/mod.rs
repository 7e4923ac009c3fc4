//! The embedded cloud on the real wire: a client that knows `cloud.json` and nothing else.

mod client;
mod directory;
mod entra;
mod faults;
mod federated;
mod groups;
mod machines;
mod prices;
mod proxy;
mod sign_in;
mod sovereign;
mod ssh_cert;
mod vault;

/// Users for tests of the directory.
const USERS: &str = include_str!("../../../assets/scenarios/demo.toml");
