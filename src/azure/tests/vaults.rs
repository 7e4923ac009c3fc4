//! Key Vault's data plane.

use secrecy::SecretString;
use serde_json::json;

use super::fake::{Asked, Fake, Reply, numbered_token};
use crate::azure::AzureErrorKind;

const VALUE: &str = "{\"OPENAI_API_KEY\":\"hush-hush\"}";

fn challenge(asked: &Asked) -> Option<Reply> {
    let bearer = r#"Bearer authorization="https://login.windows.net/t", resource="https://vault.azure.net""#;
    let body =
        json!({"error": {"code": "Unauthorized", "message": "AKV10000: Request is missing a Bearer or PoP token."}});
    (!asked.has_token()).then(|| Reply::json(401, body).header("www-authenticate", bearer))
}

#[tokio::test]
async fn a_secret_is_written_after_the_challenge_and_never_before() {
    let fake = Fake::start(|asked| {
        challenge(asked).or_else(|| {
            asked.is("PUT", "/secrets/openclaw-shared").then(|| {
                Reply::json(
                    200,
                    json!({"value": "x", "id": "https://claw-v.vault.azure.net/secrets/openclaw-shared/1"}),
                )
            })
        })
    })
    .await;
    let cloud = fake.cloud();
    let value: SecretString = VALUE.into();
    cloud.put_secret("claw-v", "openclaw-shared", &value).await.unwrap();
    cloud.put_secret("claw-v", "openclaw-shared", &value).await.unwrap();
    let asked = fake.asked();
    let told: Vec<_> = asked.iter().map(|a| (a.has_token(), a.body.is_empty(), a.query.as_str())).collect();
    assert_eq!(
        told,
        [(false, true, "api-version=7.5"), (true, false, "api-version=7.5"), (true, false, "api-version=7.5")]
    );
    assert_eq!(asked[1].json()["value"], VALUE);
}

#[tokio::test]
async fn of_many_first_requests_one_asks_for_a_token() {
    let fake = Fake::start(|asked| {
        challenge(asked).or_else(|| (asked.method == "GET").then(|| Reply::json(200, json!({"value": "x"}))))
    })
    .await;
    let cloud = fake.cloud();
    let names: Vec<String> = (0..8).map(|n| format!("openclaw-{n}")).collect();
    let read = futures::future::join_all(names.iter().map(|name| cloud.secret("claw-v", name))).await;
    assert!(read.into_iter().all(|secret| secret.unwrap().is_some()));
    assert_eq!(fake.asked().iter().filter(|asked| !asked.has_token()).count(), 1);
}

#[tokio::test]
async fn a_write_with_a_revoked_token_is_made_with_another() {
    let given = std::sync::atomic::AtomicUsize::new(0);
    let fake = Fake::with_sign_in(move |asked| {
        numbered_token(asked, &given).or_else(|| challenge(asked)).or_else(|| {
            let is_revoked = asked.headers["authorization"].to_str().unwrap().ends_with("token-0");
            let bearer = r#"Bearer authorization="https://login.windows.net/t", resource="https://vault.azure.net""#;
            let body = json!({"error": {"code": "Unauthorized", "message": "AKV10022: Invalid token."}});
            Some(match is_revoked && asked.method == "PUT" {
                true => Reply::json(401, body).header("www-authenticate", bearer),
                false => Reply::json(200, json!({"value": "x"})),
            })
        })
    })
    .await;
    let cloud = fake.cloud();
    assert!(cloud.secret("claw-v", "openclaw-shared").await.unwrap().is_some());
    cloud.put_secret("claw-v", "openclaw-shared", &VALUE.into()).await.unwrap();
    let written = fake.asked().pop().unwrap();
    assert_eq!((written.method.as_str(), written.json()["value"].as_str()), ("PUT", Some(VALUE)));
    assert_eq!(fake.sign_ins().len(), 2);
}

#[tokio::test]
async fn a_repeated_first_write_still_has_its_body() {
    let seen = std::sync::atomic::AtomicUsize::new(0);
    let fake = Fake::start(move |asked| {
        if seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            return None.or_else(|| {
                (asked.method == "PUT").then(|| {
                    Reply::json(
                        429,
                        json!({"error": {"code": "Throttled",
                "message": "too many"}}),
                    )
                    .header("x-ms-retry-after-ms", "5")
                })
            });
        }
        challenge(asked).or_else(|| (asked.method == "PUT").then(|| Reply::json(200, json!({}))))
    })
    .await;
    fake.cloud().put_secret("claw-v", "openclaw-shared", &VALUE.into()).await.unwrap();
    let written: Vec<_> = fake.asked().into_iter().filter(|a| a.method == "PUT" && a.has_token()).collect();
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].json()["value"], VALUE);
}

#[tokio::test]
async fn a_grant_that_has_not_taken_effect_is_forbidden_with_a_remedy() {
    let fake = Fake::start(|asked| {
        challenge(asked).or_else(|| {
            asked.method.eq("PUT").then(|| {
                Reply::json(
                    403,
                    json!({"error": {"code": "Forbidden", "innererror": {"code": "ForbiddenByRbac"},
                    "message": "Caller is not authorized to perform action on resource.\r\nCaller: oid=1\r\n"}}),
                )
            })
        })
    })
    .await;
    let error = fake.cloud().put_secret("claw-v", "openclaw-shared", &VALUE.into()).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (AzureErrorKind::Forbidden, Some("ForbiddenByRbac")));
    assert!(error.message.starts_with("Caller is not authorized to perform action on resource. Caller: oid=1"));
    assert!(error.remedy.is_some() && !format!("{error:?}").contains("hush-hush"));
}

#[tokio::test]
async fn secrets_are_listed_by_name_and_age_over_pages() {
    let fake = Fake::start(|asked| {
        challenge(asked).or_else(|| {
            let item = |name: &str, at: i64| {
                json!({"id": format!("https://claw-v.vault.azure.net/secrets/{name}"),
                "attributes": {"enabled": true, "created": 1, "updated": at}})
            };
            Some(Reply::json(
                200,
                match asked.query.contains("skip") {
                    false => json!({"value": [item("openclaw-shared", 7)],
                    "nextLink": "https://claw-v.vault.azure.net/secrets?api-version=7.5&$skiptoken=skip"}),
                    true => json!({"value": [item("openclaw-alice", 9)], "nextLink": null}),
                },
            ))
        })
    })
    .await;
    let secrets = fake.cloud().secrets("claw-v").await.unwrap();
    let told: Vec<_> = secrets.iter().map(|s| (s.name.as_str(), s.updated.unix_timestamp())).collect();
    assert_eq!(told, [("openclaw-alice", 9), ("openclaw-shared", 7)]);
}
