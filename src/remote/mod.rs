//! Inside a machine, over SSH: commands, tails, uploads and the gateway's WebSocket.

mod auth;
mod backoff;
mod connect;
mod connection;
mod connections;
mod descriptors;
mod dial;
mod direct;
pub mod error;
mod exec;
#[doc(hidden)]
pub mod fuzz;
pub mod gateway;
pub mod host_keys;
mod lines;
pub mod pool;
mod stream;
mod tail;
mod transfer;
mod trips;
mod tunnel;
pub mod values;
mod waiting;

#[cfg(test)]
pub mod tests;

pub use auth::SIGN_IN_SECRET;
pub use dial::{DialError, dial};
pub use direct::{Line, Pipe};
pub use error::{RemoteError, RemoteErrorKind};
pub use gateway::{Gateway, GatewayError, GatewayEvent};
pub use pool::Remote;
pub use trips::RoundTrips;
pub use values::{CertificateSettings, Chunk, Identity, Output, RemoteSettings, TailEvent, Target};
