//! A network or an answer that wants the token somewhere else: nothing follows it there.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::fake::{ARM, Fake, Reply, TENANT, names};
use crate::azure::{AzureErrorKind, PowerAction};

/// A host that the scripted Azure speaks for with a good certificate, and that is none of claw's business.
const EVIL: &str = "evil.blob.core.windows.net";

fn evil(path: &str) -> String {
    format!("https://{EVIL}{path}")
}

#[track_caller]
fn never_there(fake: &Fake) {
    let lines: Vec<String> = [fake.asked(), fake.sign_ins()].concat().iter().map(|a| a.line()).collect();
    assert!(lines.iter().all(|line| !line.contains(EVIL)), "{lines:?}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let fake = Fake::start(move |asked| {
            (asked.host == "management.azure.com").then(|| Reply::text(status, "").header("location", evil("/take")))
        })
        .await;
        let _ = fake.cloud().inventory(&names()).await;
        let _ = fake.cloud().power(&names(), "claw-alice", PowerAction::Start, &CancellationToken::new()).await;
        assert!(!fake.asked().is_empty());
        never_there(&fake);
    }
}

/// Taken for success it would say that what is still there is gone.
#[tokio::test]
async fn a_redirect_is_no_success() {
    for status in [300, 301, 302, 304, 307, 308] {
        let fake = Fake::start(move |asked| {
            asked
                .is("DELETE", "/securityRules/office")
                .then(|| Reply::text(status, "").header("location", evil("/gone")))
        })
        .await;
        let error = fake.cloud().remove_security_rule(&names(), "office").await.unwrap_err();
        assert_eq!((error.kind, error.status), (AzureErrorKind::Service, Some(status)), "{error}");
        never_there(&fake);
    }
}

#[tokio::test]
async fn a_token_endpoint_that_points_elsewhere_gets_no_secret_there() {
    for status in [302, 307, 308] {
        let fake = Fake::with_sign_in(move |asked| {
            asked.path.ends_with("/oauth2/v2.0/token").then(|| Reply::text(status, "").header("location", evil("/t")))
        })
        .await;
        let error = fake.cloud().caller().await.unwrap_err();
        assert_eq!(error.kind, AzureErrorKind::Credential, "{error:?}");
        assert!(fake.sign_ins().iter().all(|a| a.host == "login.microsoftonline.com"));
        never_there(&fake);
    }
}

/// Each place where an answer names the next URL: ARM's lists, operations on the way, a group's people, a vault's list.
#[tokio::test]
async fn no_next_link_leads_a_token_to_another_host() {
    let page = |asked: &super::fake::Asked| -> Value {
        let key = if asked.host == "graph.microsoft.com" { "@odata.nextLink" } else { "nextLink" };
        json!({"value": [], key: evil("/next")})
    };
    let fake = Fake::start(move |asked| {
        if asked.host.ends_with(".vault.azure.net") && !asked.has_token() {
            let bearer = r#"Bearer authorization="https://login.windows.net/t", resource="https://vault.azure.net""#;
            return Some(Reply::json(401, json!({})).header("www-authenticate", bearer));
        }
        Some(Reply::json(200, if asked.host == EVIL { json!({"value": []}) } else { page(asked) }))
    })
    .await;
    let cloud = fake.cloud();
    let _ = cloud.observe(&names()).await;
    let group = "0b0b0b0b-0000-4000-8000-000000000001".to_owned();
    let _ = cloud.expand(&[group]).await;
    let error = cloud.secrets("claw-v").await.unwrap_err();
    assert_eq!(error.kind, AzureErrorKind::Protocol, "{error:?}");
    for host in ["management.azure.com", "graph.microsoft.com", "claw-v.vault.azure.net"] {
        assert!(fake.asked().iter().any(|a| a.host == host && a.has_token()), "{host} was asked");
    }
    never_there(&fake);
}

#[tokio::test]
async fn an_operation_that_moves_away_half_way_is_left() {
    for header in ["azure-asyncoperation", "location"] {
        let fake = Fake::start(move |asked| match asked.method.as_str() {
            "POST" => Some(Reply::text(202, "").header(header, format!("{ARM}/operations/1")).soon()),
            _ => Some(Reply::json(202, json!({"status": "InProgress"})).header("location", evil("/op")).soon()),
        })
        .await;
        let cancel = CancellationToken::new();
        let (cloud, names) = (fake.cloud(), names());
        let waiting = cloud.power(&names, "claw-alice", PowerAction::Start, &cancel);
        let looking = async {
            while fake.asked().len() < 4 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            ended = waiting => assert_eq!(ended.unwrap_err().kind, AzureErrorKind::Protocol),
            () = looking => {}
        }
        never_there(&fake);
    }
}

#[tokio::test]
async fn a_vault_whose_challenge_names_another_resource_gets_neither_token_nor_secret() {
    for resource in
        [evil(""), "https://vault.azure.net.evil.example".to_owned(), "https://graph.microsoft.com".to_owned()]
    {
        let shown = resource.clone();
        let fake = Fake::start(move |asked| {
            let bearer = format!("Bearer authorization=\"{}\", resource=\"{resource}\"", evil("/t"));
            (!asked.has_token()).then(|| Reply::json(401, json!({})).header("www-authenticate", bearer))
        })
        .await;
        let error = fake.cloud().put_secret("claw-v", "openclaw-shared", &"hush".into()).await.unwrap_err();
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        assert!(fake.asked().iter().all(|a| !a.has_token() && a.body.is_empty()), "{shown}: {:?}", fake.asked());
        assert_eq!(fake.sign_ins().len(), 0, "{shown}");
        never_there(&fake);
    }
}

#[tokio::test]
async fn a_sign_in_authority_that_a_challenge_names_is_not_believed() {
    let fake = Fake::start(|asked| {
        let bearer = format!("Bearer authorization=\"{}\", resource=\"https://vault.azure.net\"", evil("/t"));
        match asked.has_token() {
            true => Some(Reply::json(200, json!({}))),
            false => Some(Reply::json(401, json!({})).header("www-authenticate", bearer)),
        }
    })
    .await;
    fake.cloud().put_secret("claw-v", "openclaw-shared", &"hush".into()).await.unwrap();
    let there = format!("/{TENANT}/oauth2/v2.0/token");
    assert!(fake.sign_ins().iter().all(|a| a.host == "login.microsoftonline.com" && a.path == there));
    never_there(&fake);
}

#[tokio::test]
async fn a_console_is_read_from_azures_storage_only() {
    for link in [
        "https://graph.microsoft.com/log?sig=1",
        "http://diag.blob.core.windows.net/log",
        "https://blob.core.windows.net.evil.example/log",
    ] {
        let fake = Fake::start(move |asked| {
            asked
                .is("POST", "/retrieveBootDiagnosticsData")
                .then(|| Reply::json(200, json!({"serialConsoleLogBlobUri": link})))
        })
        .await;
        let error = fake.cloud().console(&names(), "claw-a").await.unwrap_err();
        assert_eq!(error.kind, AzureErrorKind::Protocol, "{error:?}");
        assert_eq!(fake.asked().len(), 1, "{:?}", fake.lines());
    }
}
