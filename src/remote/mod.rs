//! Inside a machine, over SSH: commands, tails, uploads and the gateway's WebSocket.

pub mod error;
pub mod gateway;
pub mod host_keys;
pub mod pool;

pub use error::{RemoteError, RemoteErrorKind};
pub use gateway::{Gateway, GatewayError, GatewayEvent};
pub use pool::{Chunk, Output, Remote, RemoteSettings, TailEvent, Target};
