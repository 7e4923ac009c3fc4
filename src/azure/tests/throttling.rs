//! Both shapes of 429, server errors and broken connections.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::fake::{Fake, Reply, error, names};
use crate::azure::{AzureErrorKind, PowerAction};

/// Answers the first `count` VM lists with `first`, then with an empty list; other lists are empty.
async fn lists(count: usize, first: Reply) -> Fake {
    let seen = AtomicUsize::new(0);
    Fake::start(move |asked| {
        if asked.is("GET", "/virtualMachines") && seen.fetch_add(1, SeqCst) < count {
            return Some(first.clone());
        }
        (asked.method == "GET").then(|| Reply::json(200, json!({"value": []})))
    })
    .await
}

fn lists_asked(fake: &Fake) -> usize {
    fake.asked().iter().filter(|a| a.is("GET", "/virtualMachines")).count()
}

#[tokio::test]
async fn arms_429_is_waited_out_and_counted() {
    let reply = error(429, "SubscriptionRequestsThrottled", "Number of 'read' requests exceeded.").soon();
    let fake = lists(2, reply).await;
    let cloud = fake.cloud();
    assert!(cloud.inventory(&names()).await.unwrap().value.is_empty());
    assert_eq!((lists_asked(&fake), cloud.throttle().throttled), (3, 2));
}

#[tokio::test]
async fn computes_unwrapped_429_is_waited_out_and_its_end_is_an_error() {
    let body = json!({"code": "OperationNotAllowed", "message": "The server rejected the request because of too many.",
        "details": [{"code": "TooManyRequests", "target": "HighCostGet30Min", "message": "{\"operationGroup\":\"x\"}"}]});
    let reply = Reply::json(429, body).header("x-ms-retry-after-ms", "5");
    let fake = lists(usize::MAX, reply).await;
    let cloud = fake.cloud();
    let error = cloud.inventory(&names()).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (AzureErrorKind::Throttled, Some("TooManyRequests")));
    assert!(error.message.starts_with("The server rejected"), "{error}");
    assert!(error.remedy.is_some());
    assert_eq!(lists_asked(&fake), 9);
}

#[tokio::test]
async fn a_pause_of_twenty_minutes_is_told_instead_of_waited() {
    let fake = lists(usize::MAX, error(429, "TooManyRequests", "Later.").header("retry-after", "1200")).await;
    let error = fake.cloud().inventory(&names()).await.unwrap_err();
    assert_eq!(error.kind, AzureErrorKind::Throttled);
    assert!(error.remedy.unwrap().contains("1200 seconds"));
    assert_eq!(lists_asked(&fake), 1);
}

#[tokio::test]
async fn what_the_server_has_counted_is_believed() {
    let fake = Fake::start(|asked| {
        (asked.method == "GET")
            .then(|| Reply::json(200, json!({"value": []})).header("x-ms-ratelimit-remaining-subscription-reads", "17"))
    })
    .await;
    let cloud = fake.cloud();
    assert_eq!(cloud.throttle().reads_left, 250);
    cloud.inventory(&names()).await.unwrap();
    assert!(cloud.throttle().reads_left < 50, "{:?}", cloud.throttle());
}

#[tokio::test]
async fn a_server_error_and_a_broken_connection_are_tried_again() {
    for reply in [error(503, "ServiceUnavailable", "Busy.").header("x-ms-retry-after-ms", "5"), Reply::broken()] {
        let fake = lists(1, reply).await;
        assert!(fake.cloud().inventory(&names()).await.is_ok());
        assert_eq!(lists_asked(&fake), 2);
    }
}

#[tokio::test]
async fn a_lasting_server_error_ends_after_three_more_tries() {
    let fake = lists(usize::MAX, error(500, "InternalServerError", "Oh.").header("x-ms-retry-after-ms", "5")).await;
    let error = fake.cloud().inventory(&names()).await.unwrap_err();
    assert_eq!((error.kind, error.status), (AzureErrorKind::Service, Some(500)));
    assert_eq!(lists_asked(&fake), 4);
}

#[tokio::test]
async fn a_power_action_is_repeated_and_a_conflict_is_not() {
    let seen = AtomicUsize::new(0);
    let fake = Fake::start(move |asked| {
        asked.is("POST", "/claw-alice/start").then(|| match seen.fetch_add(1, SeqCst) {
            0 => error(502, "BadGateway", "").header("x-ms-retry-after-ms", "5"),
            _ => error(409, "Conflict", "Operation 'start' is not allowed since another operation is in progress."),
        })
    })
    .await;
    let error = fake.cloud().power(&names(), "claw-alice", PowerAction::Start, &CancellationToken::new()).await;
    assert_eq!(error.unwrap_err().kind, AzureErrorKind::Conflict);
    assert_eq!(fake.lines().len(), 2);
}
