use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::client::{ARM, Client};
use crate::sim::met::OUTLIVED;

const FAULTS: &str = r#"
[[faults]]
on = "GET management.azure.com /throttled"
kind = "arm-throttled"
retry_after = 7

[[faults]]
on = "GET management.azure.com /compute"
kind = "compute-throttled"

[[faults]]
on = "GET management.azure.com /broken"
nth = 1
kind = "server-error"

[[faults]]
on = "GET management.azure.com /cut"
kind = "drop"

[[faults]]
on = "CONNECT 203.0.113.9:22"
kind = "drop"
"#;

#[tokio::test]
async fn faults_strike_where_the_scenario_says() {
    let client = Client::start(FAULTS).await;
    let token = client.token(ARM).await;
    let get = |path: &str| client.http.get(format!("https://management.azure.com{path}")).bearer_auth(&token).send();

    let throttled = get("/throttled").await.unwrap();
    assert_eq!((throttled.status().as_u16(), &throttled.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(
        get("/throttled").await.unwrap().status().as_u16(),
        400,
        "once only; ARM itself asks for an api-version"
    );

    let compute = get("/compute").await.unwrap();
    assert!(compute.headers().get("retry-after").is_none());
    assert_eq!(compute.headers().get_all("x-ms-ratelimit-remaining-resource").iter().count(), 2);

    assert_eq!(get("/broken").await.unwrap().status().as_u16(), 400);
    assert_eq!(get("/broken").await.unwrap().status().as_u16(), 500);

    assert!(get("/cut").await.is_err());
    assert_eq!(get("/cut").await.unwrap().status().as_u16(), 400);

    assert!(client.connect("203.0.113.9:22").await.1.contains("fault"));
    assert!(client.connect("203.0.113.9:22").await.1.contains("no machine"));
}

const DOORS: &str = r#"
[[faults]]
on = "CONNECT 203.0.113.1:22"
kind = "hang"
times = 2
[[faults]]
on = "CONNECT 203.0.113.2:22"
kind = "torn"
[[faults]]
on = "CONNECT 203.0.113.3:22"
kind = "server-error"
"#;

#[tokio::test]
async fn a_door_may_be_shut_silent_or_without_end() {
    let client = Client::start(DOORS).await;
    let mut heard = [0; 64 * 1024];

    // A caller who gives up is let go; one who waits hears nothing.
    let (_, mut silent) = client.tunnel("203.0.113.1:22").await;
    silent.write_all(b"SSH-2.0-x\r\n").await.unwrap();
    silent.shutdown().await.unwrap();
    assert_eq!(silent.read(&mut heard).await.unwrap(), 0);
    let (status, mut silent) = client.tunnel("203.0.113.1:22").await;
    let waited = tokio::time::timeout(std::time::Duration::from_millis(200), silent.read(&mut heard)).await;
    assert!(status == 200 && waited.is_err(), "{status} {waited:?}");

    let (status, mut endless) = client.tunnel("203.0.113.2:22").await;
    assert_eq!(status, 200);
    for _ in 0..16 {
        endless.read_exact(&mut heard).await.unwrap();
        assert!(heard.iter().all(|byte| *byte == b'x'));
    }

    let (status, why) = client.connect("203.0.113.3:22").await;
    assert!(status == 502 && why.contains("fault"), "{status} {why}");
    assert!(client.connect("203.0.113.3:22").await.1.contains("no machine"));
}

#[tokio::test]
async fn doors_meet_drawn_faults_at_a_rate_of_their_own() {
    let client = Client::start("[chaos]\nrate = 0.0\nssh_rate = 1.0\nkinds = [\"ssh-reset\"]\n").await;
    for _ in 0..3 {
        assert!(client.connect("203.0.113.9:22").await.1.contains("fault"));
    }
    assert_eq!(client.sim.struck(), [("SshReset".to_owned(), 3)]);
    client.sim.calm();
    assert!(client.connect("203.0.113.9:22").await.1.contains("no machine"));
}

#[tokio::test]
async fn every_request_is_counted() {
    let client = Client::start("").await;
    client.send(ARM, "GET", "https://management.azure.com/a/b?x=1", None).await;
    let tenant = client.text("tenant");
    let expected =
        [format!("POST login.microsoftonline.com /{tenant}/oauth2/v2.0/token"), "GET management.azure.com /a/b".into()];
    assert_eq!(client.sim.world().state().requests, expected);
}

const SPOILT: &str = r#"
[[faults]]
on = "PUT management.azure.com"
kind = "drop-after"
times = 1
[[faults]]
on = "PUT management.azure.com"
nth = 1
kind = "wrong-type"
[[faults]]
on = "PUT management.azure.com"
nth = 2
kind = "truncated"
[[faults]]
on = "PUT management.azure.com"
nth = 3
kind = "torn"
[[faults]]
on = "PUT management.azure.com"
nth = 4
kind = "server-error-after"
[[faults]]
on = "PUT management.azure.com"
nth = 5
kind = "malformed"
[[faults]]
on = "PUT management.azure.com"
nth = 6
kind = "hang-after"
[[faults]]
on = "PUT management.azure.com"
nth = 7
kind = "expired-token"
"#;

#[tokio::test]
async fn an_answer_may_be_spoilt_after_all_was_done() {
    let client = Client::start(SPOILT).await;
    let token = client.token(ARM).await;
    let base = format!("https://management.azure.com/subscriptions/{}/resourceGroups/", client.text("subscription"));
    let put = |name: &str| {
        let url = format!("{base}{name}?api-version=2021-04-01");
        client.http.put(url).bearer_auth(&token).json(&serde_json::json!({"location": "eastus2"})).send()
    };
    let is_there = |name: &str| {
        let suffix = format!("/resourcegroups/{name}");
        client.sim.world().state().resources.keys().any(|key| key.ends_with(&suffix))
    };
    assert!(put("dropped").await.is_err() && is_there("dropped"));

    let portal = put("portal").await.unwrap();
    assert_eq!((portal.status().as_u16(), &portal.headers()["content-type"]), (200, &"text/html".parse().unwrap()));
    assert!(!is_there("portal"), "nothing was done");

    let truncated = put("truncated").await.unwrap();
    assert_eq!(truncated.status().as_u16(), 201);
    assert!(truncated.json::<serde_json::Value>().await.is_err() && is_there("truncated"));

    let torn = put("torn").await.unwrap();
    assert_eq!(torn.status().as_u16(), 201);
    assert!(torn.bytes().await.is_err() && is_there("torn"));

    assert_eq!(put("failed").await.unwrap().status().as_u16(), 500);
    assert!(is_there("failed"));

    assert!(put("malformed").await.unwrap().json::<serde_json::Value>().await.is_err() && is_there("malformed"));

    {
        let silent = put("silent");
        tokio::pin!(silent);
        // No answer ever comes; that it was done is seen behind the wire.
        while !is_there("silent") {
            assert!(futures::poll!(&mut silent).is_pending());
            tokio::task::yield_now().await;
        }
    }

    let expired = put("expired").await.unwrap();
    assert_eq!(expired.status().as_u16(), 401);
    assert!(expired.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    assert!(!is_there("expired"));
}

#[tokio::test]
async fn an_operation_may_fail_though_all_was_done() {
    let chaos = "[chaos]\nseed = 1\nrate = 1.0\nkinds = [\"operation-failed\"]\n[timings]\nother = \"1s\"\n";
    let client = Client::start(&format!("speed = 1000.0\n{chaos}")).await;
    let id = format!("https://management.azure.com/subscriptions/{}/resourceGroups/rg", client.text("subscription"));
    let version = "?api-version=2021-04-01";
    client.send(ARM, "PUT", &format!("{id}{version}"), Some(serde_json::json!({"location": "eastus2"}))).await;
    let address = format!("{id}/providers/Microsoft.Network/publicIPAddresses/a?api-version=2024-05-01");
    let body = serde_json::json!({"location": "eastus2", "sku": {"name": "Standard"},
        "properties": {"publicIPAllocationMethod": "Static"}});
    let token = client.token(ARM).await;
    let made = client.http.put(&address).bearer_auth(&token).json(&body).send().await.unwrap();
    let poll = made.headers()["azure-asyncoperation"].to_str().unwrap().to_owned();
    let ended = loop {
        let (_, body) = client.send(ARM, "GET", &poll, None).await;
        if body["status"] != "InProgress" {
            break body;
        }
    };
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&"Failed".into(), &"InternalExecutionError".into()));
    assert_eq!(client.send(ARM, "GET", &address, None).await.0, 200, "it is there");
    assert_eq!(client.sim.struck(), [("OperationFailed".to_owned(), 1)]);
    client.sim.calm();
}

#[tokio::test]
async fn a_token_may_run_out_that_says_it_is_good_for_an_hour() {
    let client = Client::start("speed = 1000.0\n[timings]\ntoken_lifetime = \"60s\"\n").await;
    let url = "https://management.azure.com/subscriptions?api-version=2022-12-01";
    let get = async |token: &str| client.http.get(url).bearer_auth(token).send().await.unwrap().status().as_u16();
    let token = client.token(ARM).await;
    let mut told = vec![get(&token).await];
    // It comes by itself; a test that never ends has failed.
    while told.last() != Some(&401) {
        told.push(get(&token).await);
    }
    assert_ne!(told[0], 401);
    assert_ne!(get(&client.token(ARM).await).await, 401);
    assert_eq!(client.sim.world().state().met[OUTLIVED], 1);
}

#[tokio::test]
async fn the_clock_can_be_set() {
    let client = Client::start("[[clock_jumps]]\nafter = \"0s\"\nby = -86400\n").await;
    let behind = time::OffsetDateTime::now_utc() - client.sim.world().clock.now();
    assert!((23..=24).contains(&behind.whole_hours()), "{behind}");
}
