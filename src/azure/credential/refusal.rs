//! Entra's refusals, kept whole.

use std::sync::Arc;

use azure_core::{
    error::{Error, ErrorKind},
    http::{
        Context, Request,
        headers::Headers,
        policies::{Policy, PolicyResult},
    },
};

use crate::azure::cause;

/// Entra's answer to a token request that it refused.
#[derive(Debug, thiserror::Error)]
#[error("Entra refused the sign-in with HTTP {status}")]
pub struct EntraRefusal {
    pub status: u16,
    pub headers: Headers,
    /// An error body; Entra does not quote what was sent.
    pub body: Vec<u8>,
}

impl EntraRefusal {
    pub fn find(error: &Error) -> Option<&Self> {
        cause::find(error)
    }
}

/// azure_identity 1.0 can't read an error description with an escape in it, and every real one ends its first
/// line with CRLF: without this the reason of a refusal is lost.
#[derive(Debug)]
pub struct KeepRefusal;

#[async_trait::async_trait]
impl Policy for KeepRefusal {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let Some((first, rest)) = next.split_first() else {
            return Err(Error::with_message(ErrorKind::Other, "empty pipeline"));
        };
        let answer = first.send(ctx, request, rest).await?;
        let status = u16::from(answer.status());
        // The throttle is further out and must see these.
        if status < 400 || matches!(status, 429 | 500 | 502 | 503 | 504) {
            return Ok(answer);
        }
        let raw = answer.try_into_raw_response().await?;
        let refusal = EntraRefusal { status, headers: raw.headers().clone(), body: raw.body().to_vec() };
        Err(Error::new(ErrorKind::Credential, refusal))
    }
}
