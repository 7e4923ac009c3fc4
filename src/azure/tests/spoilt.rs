//! Answers that are not what they seem: pages of portals, half bodies, operations nobody knows of any more.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::fake::{Fake, Reply, error, names};
use crate::azure::AzureErrorKind;

#[tokio::test]
async fn a_portals_page_is_no_success() {
    let page = || Reply::text(200, "<html>Welcome</html>").header("content-type", "text/html; charset=utf-8");
    let fake = Fake::start(move |asked| (asked.host == "management.azure.com").then(page)).await;
    let lock = format!("{}/providers/Microsoft.Authorization/locks/l", names().group_id());
    let error = fake.cloud().remove_lock(&lock).await.unwrap_err();
    assert_eq!(error.kind, AzureErrorKind::Network);
    assert!(error.message.contains("page of HTML") && error.remedy.unwrap().contains("sign in"), "{}", error.message);
}

#[tokio::test]
async fn what_came_in_pieces_is_read_again_and_never_sent_again() {
    let seen = Arc::new(AtomicUsize::new(0));
    let asked = seen.clone();
    let fake = Fake::start(move |request| {
        let half = || Reply::text(200, r#"{"value": [{"na"#);
        match (request.method.as_str(), asked.fetch_add(1, SeqCst)) {
            ("GET", 0 | 1) => Some(half()),
            ("GET", _) => Some(Reply::json(200, json!({"value": []}))),
            _ => Some(half()),
        }
    })
    .await;
    assert!(fake.cloud().inventory(&names()).await.unwrap().value.is_empty());
    let reads = seen.swap(0, SeqCst);
    assert!(reads >= 3, "{reads}");
    let tags = [("claw-slug".to_owned(), "a".to_owned())].into();
    fake.cloud().merge_tags("/subscriptions/s/x", &tags).await.unwrap();
    assert_eq!(seen.load(SeqCst), 1);
}

#[tokio::test]
async fn a_group_whose_deletion_is_forgotten_is_gone_when_it_is() {
    let looks = AtomicUsize::new(0);
    let operation = "https://management.azure.com/subscriptions/s/operationresults/1";
    let fake = Fake::start(move |asked| {
        if asked.is("DELETE", "/openclaw-rg") {
            return Some(Reply::text(202, "").header("location", operation).soon());
        }
        let gone = error(404, "ResourceGroupNotFound", "Resource group 'openclaw-rg' could not be found.");
        match asked.is("GET", "/openclaw-rg") {
            true if looks.fetch_add(1, SeqCst) == 0 => Some(Reply::json(200, json!({"name": "openclaw-rg"}))),
            true => Some(gone),
            false => asked.is("GET", "/operationresults/1").then_some(gone),
        }
    })
    .await;
    fake.cloud().delete_group(&names(), &|_| {}, &CancellationToken::new()).await.unwrap();
    let looks = fake.asked().iter().filter(|a| a.is("GET", "/openclaw-rg")).count();
    assert_eq!(looks, 2, "{:?}", fake.asked());
}
