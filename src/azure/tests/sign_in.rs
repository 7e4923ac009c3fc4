//! Signing in, and being asked to sign in again.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use futures::FutureExt;
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::fake::{Fake, Reply, SECRET, SUBSCRIPTION, TENANT, names, numbered_token};
use crate::azure::{AzureErrorKind, Cloud, CloudSettings, Direct, PowerAction, settings::CredentialSettings};

#[tokio::test]
async fn a_claims_challenge_is_shown_with_its_command_and_asked_once() {
    let challenge = format!(
        "Bearer authorization_uri=\"https://login.microsoftonline.com/{TENANT}\", error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\""
    );
    let fake = Fake::start(move |asked| {
        let body = json!({"error": {"code": "InvalidAuthenticationToken", "message": "Continuous access evaluation"}});
        asked
            .is("GET", "/virtualMachines")
            .then(|| Reply::json(401, body).header("www-authenticate", &challenge))
            .or_else(|| (asked.method == "GET").then(|| Reply::json(200, json!({"value": []}))))
    })
    .await;
    let error = fake.cloud().inventory(&names()).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (AzureErrorKind::Credential, Some("InsufficientClaims")));
    let remedy = error.remedy.unwrap();
    assert!(remedy.contains(&format!("az login --tenant {TENANT} --claims-challenge \"eyJ")), "{remedy}");
    assert_eq!(fake.asked().iter().filter(|a| a.is("GET", "/virtualMachines")).count(), 1);
}

/// As after a clock that jumped, or a token that was revoked between two steps.
#[tokio::test]
async fn a_token_that_is_refused_half_way_is_renewed_once() {
    for (refused, ends_well) in [(1, true), (2, false)] {
        let seen = AtomicUsize::new(0);
        let fake = Fake::start(move |asked| {
            let body = json!({"error": {"code": "ExpiredAuthenticationToken", "message": "The access token expiry"}});
            let is_late = asked.is("POST", "/start") && seen.fetch_add(1, SeqCst) < refused;
            let bearer = r#"Bearer error="invalid_token""#;
            Some(match is_late {
                true => Reply::json(401, body).header("www-authenticate", bearer),
                false => Reply::json(200, json!({})),
            })
        })
        .await;
        let cloud = fake.cloud();
        let started = cloud.power(&names(), "claw-alice", PowerAction::Start, &CancellationToken::new()).await;
        let asked = fake.asked().iter().filter(|a| a.is("POST", "/start")).count();
        assert_eq!((started.is_ok(), asked), (ends_well, 2), "{started:?}");
        if let Err(error) = started {
            assert_eq!(error.code.as_deref(), Some("ExpiredAuthenticationToken"));
        }
    }
}

#[tokio::test]
async fn a_revoked_token_is_given_up_for_another() {
    let given = AtomicUsize::new(0);
    let fake = Fake::with_sign_in(move |asked| {
        if let Some(token) = numbered_token(asked, &given) {
            return Some(token);
        }
        let is_first = asked.headers["authorization"].to_str().unwrap().ends_with("token-0");
        let error = json!({"error": {"code": "ExpiredAuthenticationToken", "message": "The access token expiry"}});
        Some(match is_first && asked.method == "POST" {
            true => Reply::json(401, error).header("www-authenticate", r#"Bearer error="invalid_token""#),
            false => Reply::json(200, json!({"value": []})),
        })
    })
    .await;
    let cloud = fake.cloud();
    assert!(cloud.inventory(&names()).await.unwrap().value.is_empty());
    assert_eq!(fake.sign_ins().len(), 1);
    cloud.power(&names(), "claw-alice", PowerAction::Start, &CancellationToken::new()).await.unwrap();
    let starts: Vec<String> = fake.lines().into_iter().filter(|line| line.ends_with("/start")).collect();
    assert_eq!((starts.len(), fake.sign_ins().len()), (2, 2));
}

/// As on a network that swallows what goes to Entra.
#[tokio::test(start_paused = true)]
async fn where_entra_is_silent_everybody_is_told_after_one_wait() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counts = asked.clone();
    let silent = Direct::new(move |request| {
        assert_eq!(request.uri().host(), Some("login.microsoftonline.com"));
        counts.fetch_add(1, SeqCst);
        let given_up = || Err(io::Error::new(io::ErrorKind::TimedOut, "operation timed out"));
        tokio::time::sleep(Duration::from_secs(60)).map(move |()| given_up()).boxed()
    });
    let settings = CloudSettings {
        tenant: Some(TENANT.to_owned()),
        subscription: Some(SUBSCRIPTION.to_owned()),
        credential: CredentialSettings::ClientSecret { client_id: "app".to_owned(), secret: SECRET.into() },
        direct: Some(silent),
        ..CloudSettings::public()
    };
    let (cloud, begun) = (Cloud::new(&settings).unwrap(), Instant::now());
    let starts = ["claw-a", "claw-b", "claw-c"].map(async |machine: &str| {
        cloud.power(&names(), machine, PowerAction::Start, &CancellationToken::new()).await.unwrap_err()
    });
    for error in futures::future::join_all(starts).await {
        assert_eq!(error.kind, AzureErrorKind::Network, "{error:?}");
    }
    assert_eq!(asked.load(SeqCst), 4, "once, and three times more");
    assert!(begun.elapsed() < Duration::from_secs(5 * 60), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_workload_identity_sends_its_token_and_no_secret() {
    let fake = Fake::start(|_| None).await;
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "federated-token").unwrap();
    let credential =
        CredentialSettings::WorkloadIdentity { client_id: "app".into(), token_file: token.path().to_owned() };
    let cloud = Cloud::new(&CloudSettings { credential, ..fake.settings() }).unwrap();
    assert!(cloud.caller().await.unwrap().is_service);
    let asked = fake.sign_ins();
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&asked[0].body).into_owned().collect();
    let field = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!(field("client_assertion"), Some("federated-token"));
    assert_eq!((field("client_id"), field("client_secret")), (Some("app"), None));
}

#[tokio::test]
async fn a_refused_workload_identity_is_explained_by_its_number() {
    let fake = Fake::with_sign_in(|asked| {
        asked.path.ends_with("/oauth2/v2.0/token").then(|| {
            Reply::json(
                400,
                json!({"error": "invalid_request",
                "error_description": "AADSTS70021: No matching federated identity record found.\r\nTrace ID: 1"}),
            )
        })
    })
    .await;
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "federated-token").unwrap();
    let credential =
        CredentialSettings::WorkloadIdentity { client_id: "app".into(), token_file: token.path().to_owned() };
    let cloud = Cloud::new(&CloudSettings { credential, ..fake.settings() }).unwrap();
    let error = cloud.caller().await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("AADSTS70021"), "{error:?}");
    assert!(error.remedy.as_deref().unwrap().contains("issuer and subject"), "{error:?}");
    assert!(!format!("{error:?}").contains("federated-token"));
}
