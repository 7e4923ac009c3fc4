//! A REST service behind one host: sends with its token to that host and to no other.

use std::time::Duration;

use azure_core::http::{Context, Method, Pipeline, PipelineSendOptions, Request, headers::Headers};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::{
    error::{AzureError, AzureErrorKind, Task},
    failure::{from_answer, from_core},
    json_path,
    transport_failure::TransportFailure,
};

/// A pipeline tied to a base URL. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Rest {
    pipeline: Pipeline,
    base: Url,
}

/// A successful answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Headers,
    pub body: Bytes,
}

impl Answer {
    /// Reads the body; an error names the path to what was wrong, never the value.
    pub fn json<T: DeserializeOwned>(&self, task: Task<'_>) -> Result<T, AzureError> {
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        T::deserialize(&mut json).map_err(|error| {
            let at = json_path::at(&self.body, error.line(), error.column());
            task.error(AzureErrorKind::Protocol, format!("the answer could not be understood at `{at}`"))
        })
    }
}

impl Rest {
    pub fn new(pipeline: Pipeline, base: Url) -> Self {
        Self { pipeline, base }
    }

    /// The service's host, in lower case.
    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// `path` is taken literally; `query` values are encoded, names (`$filter`) are not.
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        url.set_query((!pairs.is_empty()).then(|| pairs.join("&")).as_deref());
        url
    }

    /// A URL that an answer named (nextLink, an operation). Only the service's own host may have it: the token goes along.
    pub fn follow(&self, task: Task<'_>, named: &str) -> Result<Url, AzureError> {
        let url =
            self.base.join(named).map_err(|_| task.error(AzureErrorKind::Protocol, "the answer named no valid URL"))?;
        if url.origin() == self.base.origin() {
            return Ok(url);
        }
        let (host, own) = (url.host_str().unwrap_or("nowhere"), self.base.host_str().unwrap_or_default());
        Err(task.error(
            AzureErrorKind::Protocol,
            format!("the answer pointed to {host}, not to {own}; nothing was sent there"),
        ))
    }

    /// Reads, with headers that only this request has.
    pub async fn get(
        &self,
        task: Task<'_>,
        url: &Url,
        headers: &[(&'static str, &'static str)],
    ) -> Result<Answer, AzureError> {
        let mut request = Request::new(self.follow(task, url.as_str())?, Method::Get);
        headers.iter().for_each(|(name, value)| request.insert_header(*name, *value));
        self.pass(task, request).await
    }

    /// Sends; statuses from 300 on are errors: no redirect is followed.
    pub async fn send(
        &self,
        task: Task<'_>,
        method: Method,
        url: &Url,
        body: Option<&Value>,
    ) -> Result<Answer, AzureError> {
        let url = self.follow(task, url.as_str())?;
        let mut request = Request::new(url, method);
        if let Some(body) = body {
            request.insert_header("content-type", "application/json");
            request.set_body(body.to_string());
        }
        self.pass(task, request).await
    }

    /// Reads again what came in pieces: a body may break off, or end, long after its status was fine.
    async fn pass(&self, task: Task<'_>, mut request: Request) -> Result<Answer, AzureError> {
        request.insert_header("accept", "application/json");
        let mut again = if request.method() == Method::Get { MOST_REREADS } else { 0 };
        loop {
            let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
            let raw = self.pipeline.send(&Context::new(), &mut request.clone(), Some(options)).await;
            let raw = match raw {
                Err(error) if again > 0 && is_torn(&error) => None,
                raw => Some(raw.map_err(|error| from_core(task, &error))?.deconstruct()),
            };
            if let Some((status, headers, body)) = raw {
                let (status, body) = (u16::from(status), Bytes::from(body));
                if status >= 300 {
                    return Err(from_answer(task, status, &headers, &body));
                }
                if again == 0 || is_whole(&body) {
                    return Ok(Answer { status, headers, body });
                }
            }
            again -= 1;
            tokio::time::sleep(REREAD_AFTER).await;
        }
    }
}

/// How often an answer that came in pieces is asked for again.
const MOST_REREADS: u32 = 2;
const REREAD_AFTER: Duration = Duration::from_millis(400);

fn is_torn(error: &azure_core::Error) -> bool {
    matches!(TransportFailure::find(error), Some(TransportFailure::Torn { .. }))
}

/// Empty, or JSON from its first byte to its last.
fn is_whole(body: &[u8]) -> bool {
    body.is_empty() || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// Percent-encodes a query value; a space is `%20`, as every Azure service reads it.
pub fn encode(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")
}
