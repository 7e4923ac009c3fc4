use super::client::{ARM, Client};

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

#[tokio::test]
async fn every_request_is_counted() {
    let client = Client::start("").await;
    client.send(ARM, "GET", "https://management.azure.com/a/b?x=1", None).await;
    let tenant = client.text("tenant");
    let expected =
        [format!("POST login.microsoftonline.com /{tenant}/oauth2/v2.0/token"), "GET management.azure.com /a/b".into()];
    assert_eq!(client.sim.world().state().requests, expected);
}
