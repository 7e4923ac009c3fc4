//! Requests and answers as the embedded services see them, after TLS and HTTP.

use bytes::Bytes;
use serde_json::Value;

/// A request to one of the embedded hosts.
#[derive(Clone, Debug)]
pub struct Request {
    /// Upper case.
    pub method: String,
    /// Lower case, without port, e.g. `management.azure.com`.
    pub host: String,
    /// Percent-decoded path, case kept, no trailing slash.
    pub path: String,
    /// Decoded query, in order. Names keep their case (`$filter`); look up without case.
    pub query: Vec<(String, String)>,
    pub headers: http::HeaderMap,
    pub body: Bytes,
}

impl Request {
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The path's segments.
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|s| !s.is_empty()).collect()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Response {
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), "application/json; charset=utf-8".into())],
            body: Bytes::from(body.to_string()),
        }
    }

    pub fn text(status: u16, text: &str) -> Self {
        let headers = vec![("content-type".into(), "text/plain".into())];
        Self { status, headers, body: Bytes::from(text.to_owned()) }
    }

    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// ARM's and Graph's error envelope.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, &serde_json::json!({"error": {"code": code, "message": message}}))
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// 501: the embedded cloud doesn't know this request. The dispatcher records it.
    pub fn unknown(request: &Request) -> Self {
        let message = format!("the embedded cloud does not know {} {}{}", request.method, request.host, request.path);
        Self::error(501, "NotImplemented", &message)
    }
}
