//! The embedded cloud on the real wire: a client that knows `cloud.json` and nothing else.

mod client;
mod proxy;
