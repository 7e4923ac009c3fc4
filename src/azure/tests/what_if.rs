//! ARM's forecast of a deployment.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use serde_json::{Value, json};

use super::fake::{ARM, Fake, Reply, error, names};
use crate::{
    azure::{AzureError, AzureErrorKind, Deployment},
    fleet::what_if::Change,
};

const RESULT: &str = "/subscriptions/s/operationresults/1";

/// The POST is accepted, then these answers come in turn, the last for ever.
async fn forecasting(polls: Vec<Reply>) -> Fake {
    let seen = AtomicUsize::new(0);
    Fake::start(move |asked| {
        if asked.is("POST", "/providers/Microsoft.Resources/deployments/claw-infra/whatIf") {
            return Some(Reply::text(202, "").header("location", format!("{ARM}{RESULT}?t=1")).soon());
        }
        asked.is("GET", RESULT).then(|| polls[seen.fetch_add(1, SeqCst).min(polls.len() - 1)].clone())
    })
    .await
}

async fn ask(fake: &Fake) -> Result<Vec<Change>, AzureError> {
    let parameters = [("location".to_owned(), json!("eastus2"))].into();
    let deployment = Deployment { name: "claw-infra".into(), template: json!({"resources": []}), parameters };
    fake.cloud().what_if(&names(), &deployment).await
}

fn done(changes: Value) -> Reply {
    Reply::json(200, json!({"status": "Succeeded", "properties": {"changes": changes}}))
}

fn id(name: &str) -> String {
    format!("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/{name}")
}

#[tokio::test]
async fn the_answer_is_awaited_where_arm_says_and_nothing_is_deployed() {
    let moved = Reply::text(202, "").header("location", format!("{ARM}{RESULT}?t=2")).soon();
    let fake = forecasting(vec![moved, Reply::text(202, "").soon(), done(json!([]))]).await;
    assert_eq!(ask(&fake).await.unwrap(), []);
    let asked = fake.asked();
    let sent = asked[0].json();
    assert_eq!(sent["properties"]["mode"], "Incremental");
    assert_eq!(sent["properties"]["whatIfSettings"], json!({"resultFormat": "FullResourcePayloads"}));
    assert_eq!(sent["properties"]["parameters"], json!({"location": {"value": "eastus2"}}));
    // An answer without a place has not moved.
    assert_eq!(asked[1..].iter().map(|a| a.query.as_str()).collect::<Vec<_>>(), ["t=1", "t=2", "t=2"]);
    assert!(asked[1..].iter().all(|a| a.method == "GET"));
}

/// As ARM answers an unchanged deployment (azure.md §8), with one rule that would really go.
#[tokio::test]
async fn changes_are_read_down_to_the_elements_of_lists_and_apart_from_noise() {
    let rule = json!({"name": "theirs"});
    let subnets = json!([{"path": "0", "propertyChangeType": "Modify", "children": [
        {"path": "properties.privateEndpointNetworkPolicies", "propertyChangeType": "Delete", "before": "Disabled"},
        {"path": "type", "propertyChangeType": "NoEffect", "after": "Microsoft.Network/virtualNetworks/subnets",
            "children": [{"path": "x", "propertyChangeType": "Modify", "before": 1, "after": 2}]},
    ]}]);
    let fake = forecasting(vec![done(json!([
        {"resourceId": id("networkSecurityGroups/claw-nsg"), "changeType": "Modify", "delta": [
            {"path": "properties.securityRules", "propertyChangeType": "Array", "children": [
                {"path": "0", "propertyChangeType": "Modify", "children": [
                    {"path": "properties.sourceAddressPrefixes", "propertyChangeType": "Array", "children": [
                        {"path": "0", "propertyChangeType": "Modify", "before": "192.0.2.0/24", "after": "203.0.113.0/24"},
                    ]},
                ]},
                {"path": "1", "propertyChangeType": "Delete", "before": rule},
            ]},
        ]},
        {"resourceId": id("virtualNetworks/claw-vnet"), "changeType": "Modify", "delta": [
            {"path": "properties.subnets", "propertyChangeType": "Array", "children": subnets},
            {"path": "properties.enableDdosProtection", "propertyChangeType": "Delete", "before": false, "after": null},
        ]},
        {"resourceId": id("x/y"), "changeType": "Unsupported", "unsupportedReason": "Its id is not known yet."},
        {"resourceId": id("x/z"), "changeType": "NoChange", "delta": null},
    ]))])
    .await;
    let changes = ask(&fake).await.unwrap();
    let shown: Vec<(char, &str)> = changes.iter().map(|c| (c.sign(), c.short())).collect();
    let group = ('~', "Microsoft.Network/networkSecurityGroups/claw-nsg");
    let network = ('=', "Microsoft.Network/virtualNetworks/claw-vnet");
    assert_eq!(shown, [group, network, ('x', "Microsoft.Network/x/y"), ('=', "Microsoft.Network/x/z")]);
    let from = "properties.securityRules.0.properties.sourceAddressPrefixes.0: \"192.0.2.0/24\" → \"203.0.113.0/24\"";
    assert_eq!(changes[0].details, [from, "properties.securityRules.1: {\"name\":\"theirs\"} → nothing"]);
    assert_eq!((changes[1].details.len(), changes[1].noise.len()), (0, 3), "{:?}", changes[1]);
    assert_eq!(changes[2].details, ["Its id is not known yet."]);
}

#[tokio::test]
async fn a_forecast_that_failed_or_can_not_be_read_is_no_forecast() {
    let failed = json!({"status": "Failed", "error": {"code": "InvalidTemplate", "message": "No."}});
    for (reply, kind, says) in [
        (Reply::json(200, failed), AzureErrorKind::Service, "No."),
        (Reply::json(200, json!({"status": "Canceled"})), AzureErrorKind::Service, "cancelled"),
        (Reply::json(200, json!({"status": "Succeeded", "properties": {}})), AzureErrorKind::Protocol, "can't be read"),
        (done(json!([{"changeType": "Create"}])), AzureErrorKind::Protocol, "can't be read"),
        (error(403, "AuthorizationFailed", "Not you."), AzureErrorKind::Forbidden, "Not you."),
        (
            Reply::text(202, "").header("location", "https://evil.example/x").soon(),
            AzureErrorKind::Protocol,
            "nothing was sent there",
        ),
    ] {
        let fake = forecasting(vec![reply]).await;
        let error = ask(&fake).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(error.message.contains(says), "{error:?}");
        assert!(fake.asked().iter().all(|a| a.host == "management.azure.com"), "{:?}", fake.lines());
    }
}
