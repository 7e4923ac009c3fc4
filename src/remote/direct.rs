//! A way to machines in the same process, for simulations: no sockets, no waiting for the network.

use std::{fmt, io, sync::Arc};

use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes both ways.
pub trait Pipe: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Pipe for T {}

type Connect = dyn Fn(String) -> BoxFuture<'static, io::Result<Box<dyn Pipe>>> + Send + Sync;

/// Connects to an address (`host`, port 22). Cheap to clone.
#[derive(Clone)]
pub struct Line(Arc<Connect>);

impl Line {
    pub fn new(
        connect: impl Fn(String) -> BoxFuture<'static, io::Result<Box<dyn Pipe>>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(connect))
    }

    pub async fn connect(&self, host: &str) -> io::Result<Box<dyn Pipe>> {
        (self.0)(host.to_owned()).await
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}
