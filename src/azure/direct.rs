//! A way to a cloud in the same process: no sockets, no TLS, no waiting for the network. For simulations that run
//! thousands of days; everything above the transport is what talks to Azure.

use std::{fmt, io, sync::Arc};

use bytes::Bytes;
use futures::{future::BoxFuture, stream::BoxStream};

/// What comes back: the head, then the body piece by piece until its end or its break.
pub type Reply = http::Response<BoxStream<'static, io::Result<Bytes>>>;

type Send = dyn Fn(http::Request<Bytes>) -> BoxFuture<'static, io::Result<Reply>> + std::marker::Send + Sync;

/// Takes a request to whoever answers. Cheap to clone.
#[derive(Clone)]
pub struct Direct(Arc<Send>);

impl Direct {
    /// An error is a connection that broke before an answer; `TimedOut` one that nobody answered on.
    pub fn new(
        send: impl Fn(http::Request<Bytes>) -> BoxFuture<'static, io::Result<Reply>> + std::marker::Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(send))
    }

    pub async fn send(&self, request: http::Request<Bytes>) -> io::Result<Reply> {
        (self.0)(request).await
    }
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Direct")
    }
}
