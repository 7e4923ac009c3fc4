//! Why a request had no answer, and what says so in the errors of the libraries below.

use std::error::Error as StdError;

use azure_core::error::{Error, ErrorKind};

use super::cause;

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportFailure {
    #[error("the certificate of {host} is not trusted: {reason}")]
    Tls { host: String, reason: String },
    #[error("{host} cannot be reached through the proxy {proxy}: {reason}")]
    Proxy { host: String, proxy: String, reason: String },
    #[error("{host} cannot be reached: {reason}")]
    Connect { host: String, reason: String },
    /// A page of HTML where none of Azure's services has one: a captive portal, or a proxy that wants a sign-in.
    #[error("something on the way to {host} answered in its place, with a page of HTML")]
    Impostor { host: String },
    /// Broken off after the request went out; an idempotent request may be sent again.
    #[error("the connection to {host} broke off: {reason}")]
    Broken { host: String, reason: String },
    #[error("no HTTPS client could be made: {reason}")]
    Setup { reason: String },
    #[error("the answer of {host} was left after {megabytes} MiB: none of Azure's is that long")]
    Endless { host: String, megabytes: usize },
    /// Broken off in the middle of an answer, which nothing below [`super::rest`] sees.
    #[error("the connection to {host} broke off in the middle of an answer: {reason}")]
    Torn { host: String, reason: String },
}

impl TransportFailure {
    /// The failure at the bottom of an azure_core error, if there is one.
    pub fn find(error: &Error) -> Option<&Self> {
        cause::find(error)
    }

    /// What became of a request that had no answer. `proxy` is for the message.
    pub(super) fn of(host: &str, proxy: Option<&str>, error: &reqwest::Error) -> Self {
        let host = host.to_owned();
        let reason = innermost(error);
        if !error.is_connect() {
            return Self::Broken { host, reason };
        }
        if let Some(tls) = find_tls(error) {
            return Self::Tls { host, reason: tls.to_string() };
        }
        match proxy {
            Some(proxy) => Self::Proxy { host, proxy: proxy.to_owned(), reason },
            None => Self::Connect { host, reason },
        }
    }

    /// For azure_core, which retries nothing of this kind.
    pub(super) fn into_core(self) -> Error {
        let message = self.to_string();
        Error::with_error(ErrorKind::Other, self, message)
    }
}

/// The next error down; `io::Error` hides what it wraps from `source`.
fn below<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    if let Some(io) = error.downcast_ref::<std::io::Error>()
        && let Some(inner) = io.get_ref()
    {
        return Some(inner);
    }
    error.source()
}

fn find_tls<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(tls) = error.downcast_ref() {
            return Some(tls);
        }
        current = below(error);
    }
    None
}

pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut current = error;
    while let Some(next) = below(current) {
        current = next;
    }
    current.to_string()
}
