//! E-mails to people.

use std::sync::{
    Barrier,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use serde_json::{Value, json};

use super::fake::{Asked, Fake, Reply, error};
use crate::fleet::person::Resolution;

/// The e-mail a batch item asks for.
fn email(url: &str) -> String {
    let url = url::Url::parse(&format!("https://x{url}")).unwrap();
    let filter = url.query_pairs().find(|(name, _)| name == "$filter").unwrap().1.into_owned();
    filter.split('\'').nth(1).unwrap().to_owned()
}

fn user(email: &str, enabled: bool) -> Value {
    json!({"id": format!("ID-{email}"), "userPrincipalName": email, "displayName": "N", "accountEnabled": enabled})
}

fn users(email: &str) -> Value {
    match email.split('@').next().unwrap() {
        "nobody" => json!({"value": []}),
        "frank" => json!({"value": [user(email, false)]}),
        "sam" => json!({"value": [user("sam1@x.org", true), user("sam2@x.org", true)]}),
        _ => json!({"value": [user(email, true)]}),
    }
}

/// Answers in reverse order, as Graph may.
fn batch(asked: &Asked, item: impl Fn(&str) -> Value) -> Reply {
    let body = asked.json();
    let requests = body["requests"].as_array().unwrap();
    assert!(requests.len() <= 20);
    let answers: Vec<Value> = requests
        .iter()
        .rev()
        .map(|request| {
            let mut answer = item(&email(request["url"].as_str().unwrap()));
            answer["id"] = request["id"].clone();
            answer
        })
        .collect();
    Reply::json(200, json!({"responses": answers}))
}

#[tokio::test]
async fn forty_five_members_take_three_batches_and_keep_their_order() {
    let fake = Fake::start(|asked| {
        asked.is("POST", "/v1.0/$batch").then(|| batch(asked, |e| json!({"status": 200, "body": users(e)})))
    })
    .await;
    let mut emails: Vec<String> = (0..45).map(|i| format!("m{i}@x.org")).collect();
    emails[7] = "sam@x.org".to_owned();
    emails[21] = "frank@x.org".to_owned();
    emails[44] = "nobody@x.org".to_owned();
    let found = fake.cloud().resolve(&emails).await;
    assert_eq!(found.len(), 45);
    for (email, resolution) in emails.iter().zip(&found) {
        match email.split('@').next().unwrap() {
            "sam" => assert!(matches!(resolution, Resolution::Ambiguous { candidates } if candidates.len() == 2)),
            "frank" => assert!(matches!(resolution, Resolution::Disabled { .. })),
            "nobody" => assert_eq!(resolution, &Resolution::NotFound),
            _ => assert_eq!(resolution.person().unwrap().object_id.as_str(), format!("id-{email}")),
        }
    }
    assert_eq!(fake.lines(), vec!["POST graph.microsoft.com/v1.0/$batch"; 3]);
}

#[tokio::test]
async fn a_throttled_item_is_asked_again_alone() {
    let seen = AtomicUsize::new(0);
    let fake = Fake::start(move |asked| {
        let first = seen.fetch_add(1, SeqCst) == 0;
        asked.is("POST", "/$batch").then(|| {
            batch(asked, |e| match e {
                "busy@x.org" if first => json!({"status": 429, "headers": {"Retry-After": "0"}, "body": {}}),
                "denied@x.org" => json!({"status": 403, "body": {"error": {"code": "Authorization_RequestDenied",
                    "message": "Insufficient privileges"}}}),
                e => json!({"status": 200, "body": users(e)}),
            })
        })
    })
    .await;
    let emails = ["ann@x.org", "busy@x.org", "denied@x.org"].map(str::to_owned);
    let found = fake.cloud().resolve(&emails).await;
    assert!(matches!(found[..2], [Resolution::Found { .. }, Resolution::Found { .. }]), "{found:?}");
    let denied = matches!(&found[2], Resolution::Unknown { reason } if reason.contains("Insufficient privileges"));
    assert!(denied, "{found:?}");
    let again = fake.asked()[1].json();
    assert_eq!(again["requests"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_unreachable_directory_is_unknown_and_not_nobody() {
    let fake = Fake::start(|asked| {
        asked.is("POST", "/$batch").then(|| error(403, "Authorization_RequestDenied", "Insufficient privileges."))
    })
    .await;
    let found = fake.cloud().resolve(&["ann@x.org".to_owned()]).await;
    assert!(matches!(&found[..], [Resolution::Unknown { reason }] if reason.contains("User.Read.All")), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_members_take_fifty_batches_of_which_five_are_on_their_way_at_a_time() {
    static ON_THEIR_WAY: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    // Nobody is answered before five have arrived.
    let five = Barrier::new(5);
    let fake = Fake::start(move |asked| {
        asked.is("POST", "/v1.0/$batch").then(|| {
            MOST.fetch_max(ON_THEIR_WAY.fetch_add(1, SeqCst) + 1, SeqCst);
            tokio::task::block_in_place(|| five.wait());
            ON_THEIR_WAY.fetch_sub(1, SeqCst);
            batch(asked, |e| json!({"status": 200, "body": users(e)}))
        })
    })
    .await;
    let emails: Vec<String> = (0..1000).map(|i| format!("m{i}@x.org")).collect();
    let found = fake.cloud().resolve(&emails).await;
    assert!(found.iter().zip(&emails).all(|(r, e)| r.person().unwrap().user_principal_name == *e));
    assert_eq!((fake.lines().len(), MOST.load(SeqCst)), (50, 5));
}

#[tokio::test]
async fn an_item_that_stays_throttled_is_unknown_and_not_nobody() {
    let fake = Fake::start(|asked| {
        let busy =
            json!({"status": 429, "headers": {"retry-after-ms": "1"}, "body": {"error": {"message": "Too many."}}});
        asked.is("POST", "/$batch").then(|| batch(asked, |_| busy.clone()))
    })
    .await;
    let found = fake.cloud().resolve(&["ann@x.org".to_owned()]).await;
    assert!(matches!(&found[..], [Resolution::Unknown { reason }] if reason.contains("429: Too many.")), "{found:?}");
    assert_eq!(fake.lines().len(), 5);
}
