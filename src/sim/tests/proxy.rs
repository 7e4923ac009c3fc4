use std::error::Error;

use super::client::{ARM, Client, builder, mode};

#[tokio::test]
async fn cloud_json_and_its_folder_are_for_the_owner_only() {
    let client = Client::start("").await;
    let dir = client.sim.dir().to_owned();
    assert_eq!(mode(&dir), 0o700);
    for file in ["cloud.json", "ca.pem", "unknown.log", "sim.lock", "federated-token"] {
        assert_eq!(mode(&dir.join(file)), 0o600, "{file}");
    }
    assert_eq!(client.text("schema"), "claw/cloud/v1");
    drop(client.sim);
    assert!(!dir.join("cloud.json").exists(), "a cloud that is gone is no longer announced");
}

#[tokio::test]
async fn nobody_trusts_it_without_its_authority() {
    let client = Client::start("").await;
    let error = builder(&client.cloud).build().unwrap().get("https://management.azure.com/").send().await.unwrap_err();
    let mut causes = std::iter::successors(error.source(), |cause: &&dyn Error| (*cause).source());
    assert!(causes.any(|cause| cause.to_string().contains("certificate")), "{error:?}");
    assert!(client.sim.world().state().requests.is_empty());
}

#[tokio::test]
async fn both_http_versions_are_served() {
    let client = Client::start("").await;
    let url =
        format!("https://login.microsoftonline.com/{}/v2.0/.well-known/openid-configuration", client.text("tenant"));
    let response = client.http.get(&url).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.version()), (200, http::Version::HTTP_2));

    let ca = std::fs::read(client.sim.dir().join("ca.pem")).unwrap();
    let ca = reqwest::Certificate::from_pem(&ca).unwrap();
    let old = builder(&client.cloud).tls_certs_only([ca]).http1_only().build().unwrap();
    for _ in 0..2 {
        let response = old.get(&url).send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.version()), (200, http::Version::HTTP_11));
    }
}

#[tokio::test]
async fn what_it_does_not_know_is_answered_501_and_noted() {
    let client = Client::start("").await;
    let (status, body) = client
        .send(ARM, "GET", "https://management.azure.com/providers/Microsoft.Nonsense?api-version=2024-01-01", None)
        .await;
    assert_eq!((status, body["error"]["code"].as_str()), (501, Some("NotImplemented")));
    let (status, reason) = client.connect("example.org:443").await;
    assert_eq!((status, reason.contains("example.org")), (501, true));

    let expected =
        ["GET management.azure.com/providers/Microsoft.Nonsense?api-version=2024-01-01", "CONNECT example.org:443"];
    assert_eq!(client.sim.unknown_requests(), expected);
    let log = std::fs::read_to_string(client.sim.dir().join("unknown.log")).unwrap();
    assert_eq!(log.lines().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn addresses_that_lead_nowhere_are_refused_at_once() {
    let client = Client::start("").await;
    for target in ["203.0.113.9:22", "no-such-machine.eastus2.cloudapp.azure.com:22", "unmade.vault.azure.net:443"] {
        let (status, reason) = client.connect(target).await;
        assert_eq!(status, 502, "{target}: {reason}");
    }
    assert_eq!(client.connect("203.0.113.9:80").await.0, 504);
    assert!(client.sim.unknown_requests().is_empty());
}

#[tokio::test]
async fn connections_end_when_the_cloud_does() {
    let client = Client::start("").await;
    let proxy = client.text("proxy").strip_prefix("http://").unwrap().to_owned();
    let mut idle = tokio::net::TcpStream::connect(&proxy).await.unwrap();
    client.token(ARM).await;
    drop(client.sim);
    let mut rest = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut idle, &mut rest).await;
    assert!(rest.is_empty());
    let gone = client.http.get("https://management.azure.com/").send().await;
    assert!(gone.is_err());
}

#[tokio::test]
async fn many_at_once() {
    let client = Client::start("").await;
    let before = client.token(ARM).await;
    let tokens = futures::future::join_all((0..200).map(|_| client.token(ARM))).await;
    assert!(tokens.iter().all(|token| token.len() == before.len()));
    assert_eq!(client.sim.world().state().requests.len(), 201);
}
