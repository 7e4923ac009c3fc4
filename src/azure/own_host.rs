//! Keeps a client of the Azure SDK on its own host: its pages are read wherever an answer's `nextLink` points, with
//! the token.

use std::sync::Arc;

use azure_core::{
    error::{Error, ErrorKind},
    http::{
        Context, Request,
        policies::{Policy, PolicyResult},
    },
};

/// Refuses requests to any other host, before a token is asked for.
#[derive(Debug)]
pub struct OwnHost(pub String);

#[async_trait::async_trait]
impl Policy for OwnHost {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let host = request.url().host_str().unwrap_or("nowhere");
        if request.url().scheme() != "https" || !host.eq_ignore_ascii_case(&self.0) {
            let message = format!("the answer pointed to {host}, not to {}; nothing was sent there", self.0);
            return Err(Error::with_message(ErrorKind::Other, message));
        }
        match next.split_first() {
            Some((first, rest)) => first.send(ctx, request, rest).await,
            None => Err(Error::with_message(ErrorKind::Other, "empty pipeline")),
        }
    }
}
