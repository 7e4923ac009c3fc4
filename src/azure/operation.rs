//! Long-running operations (azure-docs `async-operations`): `Azure-AsyncOperation` is preferred, then `Location`,
//! then the resource's own `provisioningState`.

use std::time::Duration;

use azure_core::http::{
    Method,
    headers::{HeaderName, Headers},
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    arm::Arm,
    error::{AzureError, AzureErrorKind, Task},
    error_body::ErrorBody,
    failure::from_body,
    rest::Answer,
    retry_after::retry_after,
};

/// A line of progress from a long-running operation.
pub type Progress<'a> = &'a (dyn Fn(String) + Send + Sync);

/// When the answer names no delay; compute allows a poll each 4 seconds.
pub const DEFAULT_DELAY: Duration = Duration::from_secs(4);
/// A server that says 0 is not asked in a tight loop.
const SHORTEST_DELAY: Duration = Duration::from_millis(20);
/// Lost connections in a row that a wait survives.
const MOST_LOST: u32 = 3;

const ASYNC_OPERATION: HeaderName = HeaderName::from_static("azure-asyncoperation");
const LOCATION: HeaderName = HeaderName::from_static("location");

/// How long to wait before the next poll.
pub fn delay_of(headers: &Headers) -> Duration {
    retry_after(headers).unwrap_or(DEFAULT_DELAY).max(SHORTEST_DELAY)
}

/// What to ask next.
enum Poll {
    AsyncOperation(Url),
    Location(Url),
    Resource(Url),
}

/// Gives up waiting when the operator does. What Azure was asked for goes on.
pub async fn unless_cancelled<T>(
    task: Task<'_>,
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T, AzureError>>,
) -> Result<T, AzureError> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(task.cancelled()),
        done = work => done,
    }
}

/// Waits for the operation that `answer` started; `resource` is what a PUT made.
pub async fn finish(arm: &Arm, task: Task<'_>, answer: Answer, resource: Option<Url>) -> Result<(), AzureError> {
    let Some(mut poll) = first_poll(arm, task, &answer, resource)? else { return Ok(()) };
    let mut delay = delay_of(&answer.headers);
    let mut lost = 0;
    loop {
        tokio::time::sleep(delay).await;
        let (Poll::AsyncOperation(url) | Poll::Location(url) | Poll::Resource(url)) = &poll;
        let answer = match arm.send(task, Method::Get, url, None).await {
            Ok(answer) => answer,
            Err(error) if error.kind == AzureErrorKind::Network && lost < MOST_LOST => {
                lost += 1;
                continue;
            }
            Err(error) => return Err(error),
        };
        lost = 0;
        delay = delay_of(&answer.headers);
        let done = match &poll {
            Poll::AsyncOperation(_) => has_ended(task, &answer, &["status"])?,
            Poll::Resource(_) => has_ended(task, &answer, &["properties", "provisioningState"])?,
            Poll::Location(_) => answer.status != 202,
        };
        if done {
            return Ok(());
        }
        if let (Poll::Location(_), Some(moved)) = (&poll, answer.headers.get_optional_str(&LOCATION)) {
            poll = Poll::Location(arm.rest().follow(task, moved)?);
        }
    }
}

/// After this many looks a thing whose deletion nobody knows of any more is said to be still there.
const MOST_LOOKS: u32 = 450;

/// Waits until a deletion that `answer` began has ended. Azure forgets some operations with what they were about, and
/// may forget one early: the thing itself tells then.
pub async fn finish_deletion(arm: &Arm, task: Task<'_>, answer: Answer, thing: &Url) -> Result<(), AzureError> {
    match finish(arm, task, answer, None).await {
        Err(error) if error.kind == AzureErrorKind::NotFound => {}
        ended => return ended,
    }
    for _ in 0..MOST_LOOKS {
        if arm.find::<Value>(task, thing).await?.is_none() {
            return Ok(());
        }
        tokio::time::sleep(DEFAULT_DELAY).await;
    }
    Err(task.error(AzureErrorKind::Service, "Azure no longer knows of the deletion, and it is still there"))
}

fn first_poll(arm: &Arm, task: Task<'_>, answer: &Answer, resource: Option<Url>) -> Result<Option<Poll>, AzureError> {
    if let Some(named) = answer.headers.get_optional_str(&ASYNC_OPERATION) {
        return Ok(Some(Poll::AsyncOperation(arm.rest().follow(task, named)?)));
    }
    if answer.status == 202 {
        let named = answer.headers.get_optional_str(&LOCATION).ok_or_else(|| {
            task.error(AzureErrorKind::Protocol, "Azure accepted the request but did not say where to follow it")
        })?;
        return Ok(Some(Poll::Location(arm.rest().follow(task, named)?)));
    }
    let Some(resource) = resource else { return Ok(None) };
    let state = serde_json::from_slice::<Value>(&answer.body).ok();
    let state = state.as_ref().and_then(|body| body.pointer("/properties/provisioningState")).and_then(Value::as_str);
    match state {
        Some(state) if Ended::of(state).is_none() => Ok(Some(Poll::Resource(resource))),
        Some(_) => has_ended(task, answer, &["properties", "provisioningState"]).map(|_| None),
        None => Ok(None),
    }
}

/// The three ends of an operation; any other word means that it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Succeeded,
    Failed,
    Canceled,
}

impl Ended {
    pub fn of(state: &str) -> Option<Self> {
        match state.to_ascii_lowercase().as_str() {
            "succeeded" => Some(Self::Succeeded),
            "failed" => Some(Self::Failed),
            "canceled" | "cancelled" => Some(Self::Canceled),
            _ => None,
        }
    }
}

/// Reads the state at `path`; a failure inside a 200 is an error.
fn has_ended(task: Task<'_>, answer: &Answer, path: &[&str]) -> Result<bool, AzureError> {
    let body: Value = answer.json(task)?;
    let state = path.iter().try_fold(&body, |value, key| value.get(key)).and_then(Value::as_str);
    let Some(state) = state else {
        return Err(task.error(AzureErrorKind::Protocol, format!("the answer has no `{}`", path.join("."))));
    };
    match Ended::of(state) {
        None => Ok(false),
        Some(Ended::Succeeded) => Ok(true),
        Some(ended) => Err(failed(task, ended, Some(answer.status), &body)),
    }
}

/// The error of an operation that ended badly.
pub fn failed(task: Task<'_>, ended: Ended, status: Option<u16>, body: &Value) -> AzureError {
    if let Some(error) = ErrorBody::from_value(body) {
        return from_body(task, status, &error);
    }
    let mut error = match ended {
        Ended::Canceled => task.error(AzureErrorKind::Service, "was cancelled in Azure, not by this claw"),
        _ => task.error(AzureErrorKind::Service, "failed; Azure gave no reason"),
    };
    error.status = status;
    error
}
