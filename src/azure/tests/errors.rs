//! What a person reads when something is wrong.

use secrecy::SecretString;
use serde_json::json;
use tokio::{io::AsyncReadExt, net::TcpListener};

use super::fake::{Fake, Reply, SECRET, certificates, error, names};
use crate::azure::{AzureErrorKind, Cloud, CloudSettings, settings::CredentialSettings};

#[tokio::test]
async fn an_untrusted_certificate_is_told_at_once() {
    let fake = Fake::start(|_| None).await;
    let other = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(other.path(), certificates().0).unwrap();
    let cloud = Cloud::new(&CloudSettings { ca: vec![other.path().to_owned()], ..fake.settings() }).unwrap();
    let error = cloud.inventory(&names()).await.unwrap_err();
    assert_eq!(error.kind, AzureErrorKind::Tls, "{error}");
    assert!(error.message.contains("login.microsoftonline.com is not trusted"), "{error}");
    // A refused certificate is no reason to try again: the two lists ask for one token between them.
    assert!(cloud.throttle().requests <= 3, "{:?}", cloud.throttle());
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let fake = Fake::start(|_| None).await;
    // Bound and dropped: nobody listens there now.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let proxy = Some(format!("http://ann:pass@127.0.0.1:{port}").parse().unwrap());
    let cloud = Cloud::new(&CloudSettings { proxy, ..fake.settings() }).unwrap();
    let error = cloud.caller().await.unwrap_err();
    assert_eq!(error.kind, AzureErrorKind::Network, "{error}");
    assert!(error.message.contains(&format!("through the proxy http://127.0.0.1:{port}:")), "{error}");
    assert!(!format!("{error:?}").contains("pass"), "{error:?}");
    assert_eq!(cloud.throttle().requests, 1);
}

#[tokio::test]
async fn a_proxy_that_refuses_the_host_is_a_network_error() {
    let fake = Fake::start(|_| None).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Some(format!("http://{}", listener.local_addr().unwrap()).parse().unwrap());
    let refusing = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 1024];
            let _ = stream.read(&mut head).await;
            let _ = tokio::io::AsyncWriteExt::write_all(
                &mut stream,
                b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
            )
            .await;
        }
    });
    let cloud = Cloud::new(&CloudSettings { proxy, ..fake.settings() }).unwrap();
    let error = cloud.caller().await.unwrap_err();
    refusing.abort();
    assert_eq!(error.kind, AzureErrorKind::Network, "{error}");
    assert!(error.message.contains("through the proxy"), "{error}");
}

#[tokio::test]
async fn a_wrong_client_secret_says_so_and_what_to_do() {
    let fake = Fake::with_sign_in(|asked| {
        asked.path.ends_with("/oauth2/v2.0/token").then(|| {
            Reply::json(401, json!({"error": "invalid_client", "error_codes": [7000215],
                "error_description": "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1\r\nTimestamp: now"}))
        })
    })
    .await;
    let error = fake.cloud().caller().await.unwrap_err();
    assert_eq!(error.kind, AzureErrorKind::Credential, "{error}");
    assert_eq!(error.code.as_deref(), Some("AADSTS7000215"));
    assert!(error.message.contains("Invalid client secret provided."), "{error}");
    assert!(error.remedy.as_deref().unwrap_or_default().contains("the secret's value"), "{error:?}");
    assert!(!format!("{error:?}").contains(SECRET));
}

#[tokio::test]
async fn a_client_secret_without_a_tenant_is_refused_before_anything_is_sent() {
    let secret: SecretString = SECRET.into();
    let settings = CloudSettings {
        credential: CredentialSettings::ClientSecret { client_id: "app".to_owned(), secret },
        ..CloudSettings::public()
    };
    let error = Cloud::new(&settings).err().unwrap();
    assert_eq!(error.kind, AzureErrorKind::Credential);
    assert!(error.message.contains("tenant"), "{error}");
}

#[tokio::test]
async fn a_body_that_is_no_error_is_not_quoted() {
    let fake =
        Fake::start(|asked| asked.is("GET", "/openclaw-rg").then(|| Reply::text(418, "<html>sig=hush</html>"))).await;
    let observed = fake.cloud().observe(&names()).await;
    assert_eq!(observed.group, None);
    assert_eq!(observed.gaps, ["the resource group could not be read: the answer was HTTP 418, without a reason"]);
}

#[tokio::test]
async fn a_refusal_is_a_gap_and_never_an_absence() {
    let fake = Fake::start(|asked| {
        if asked.is("GET", "/openclaw-rg") {
            return Some(Reply::json(200, json!({"name": "openclaw-rg"})));
        }
        if asked.is("GET", "/virtualMachines") {
            return Some(error(403, "AuthorizationFailed", "The client does not have authorization"));
        }
        (asked.method == "GET").then(|| Reply::json(200, json!({"value": []})))
    })
    .await;
    let observed = fake.cloud().observe(&names()).await;
    assert_eq!(observed.instances, None);
    assert!(observed.assignments.is_some() && observed.resources.is_some());
    assert_eq!(observed.caller.unwrap().as_str(), super::fake::CALLER);
    assert!(observed.caller_is_service);
    assert!(observed.gaps[0].starts_with("the machines could not be read: The client does not"), "{:?}", observed.gaps);
}
