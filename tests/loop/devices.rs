//! Devices and people on channels: shown, let in, turned away, and everything that is done to them afterwards.

use serde_json::{Value, json};

use crate::cloud::Cloud;

/// What the list says as soon as it says it; devices ask in their own time.
fn until(cloud: &Cloud, args: &[&str], fits: impl Fn(&Value) -> bool) -> Value {
    loop {
        let shown = cloud.claw(args).exits(0).json();
        if fits(&shown) {
            return shown;
        }
    }
}

#[test]
fn a_label_is_no_devices_name_while_a_machine_can_not_be_asked() {
    let cloud = Cloud::start("devices.toml");
    cloud.up(r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#);
    let inbox = until(&cloud, &["devices", "--json"], |i| i["pending"].as_array().unwrap().len() == 2);
    for request in inbox["pending"].as_array().unwrap() {
        cloud.claw(&["devices", "approve", request["request_id"].as_str().unwrap()]).exits(0);
    }
    cloud.claw(&["stop", "bob", "--yes"]).exits(0);
    let said = cloud.claw(&["devices", "remove", "Phone"]).exits(2).stderr;
    assert!(said.contains("was found at claw-alice, and not every machine could be asked"), "{said}");
    cloud.claw(&["devices", "remove", "Phone", "--machine", "alice"]).exits(0);
    let left = cloud.claw(&["devices", "--json"]).exits(0).json();
    let id = left["paired"][0]["device_id"].as_str().unwrap();
    cloud.claw(&["devices", "remove", &id[..8]]).exits(0);
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn a_device_through_its_life_and_people_on_a_channel() {
    let cloud = Cloud::start("devices.toml");
    cloud.up(r#"{"members": [{"email": "alice@example.com"}]}"#);

    let inbox = until(&cloud, &["devices", "--json"], |i| i["pending"].as_array().unwrap().len() == 2);
    let id = |name: &str| {
        let found = inbox["pending"].as_array().unwrap().iter().find(|p| p["display_name"] == name);
        found.unwrap()["request_id"].as_str().unwrap().to_owned()
    };
    let (phone, tablet) = (id("Phone"), id("Tablet"));
    cloud.claw(&["devices", "approve", &phone]).exits(0);
    let said = cloud.claw(&["devices", "reject", &tablet, "--machine", "alice"]).exits(0).stdout;
    assert_eq!(said, "rejected: Tablet at claw-alice (read)\n");
    cloud.claw(&["devices", "reject", &tablet]).exits(2);

    // It asks for more: what it had and what it would gain are told apart.
    let inbox = until(&cloud, &["devices", "--json"], |i| i["pending"] != json!([]));
    let request = &inbox["pending"][0];
    assert_eq!((&request["is_repair"], &request["had"]), (&json!(true), &json!(["operator.read"])), "{request}");
    let shown = cloud.claw(&["devices"]).exits(0).stdout;
    assert!(shown.contains("read +admin") && shown.contains("Phone"), "{shown}");
    cloud.claw(&["--read-only", "devices", "approve", request["request_id"].as_str().unwrap()]).exits(5);
    cloud.claw(&["devices", "approve", request["request_id"].as_str().unwrap()]).exits(0);

    let renamed = cloud.claw(&["devices", "rename", "Phone", "Ann's \u{1b}[2J \"phone\" $(id)"]).exits(0).stdout;
    assert!(!renamed.contains('\u{1b}'), "{renamed}");
    let device = cloud.claw(&["devices", "--json"]).exits(0).json()["paired"][0].clone();
    assert_eq!(device["label"], "Ann's \u{1b}[2J \"phone\" $(id)");
    assert_eq!(device["scopes"], json!(["operator.admin", "operator.read"]), "one device, with what it has now");
    let id = device["device_id"].as_str().unwrap();
    cloud.claw(&["devices", "rotate", &id[..12]]).exits(0);
    cloud.claw(&["devices", "revoke", &id[..4]]).exits(2);
    cloud.claw(&["devices", "revoke", id, "--role", "node"]).exits(1);
    cloud.claw(&["devices", "revoke", id]).exits(0);
    let shown = cloud.claw(&["devices"]).exits(0).stdout;
    assert!(shown.contains("revoked"), "{shown}");
    cloud.claw(&["devices", "revoke", id]).exits(2);
    cloud.claw(&["devices", "remove", id]).exits(0);
    cloud.claw(&["devices", "remove", id]).exits(2);

    people(&cloud);
    assert_eq!(cloud.unknown_requests(), "");
}

fn people(cloud: &Cloud) {
    let list = ["devices", "channels", "--json"];
    let inbox = until(cloud, &list, |i| i["requests"].as_array().unwrap().len() == 2);
    let id = |n: usize| inbox["requests"][n]["request_id"].as_str().unwrap();
    let shown = cloud.claw(&["devices", "channels"]).exits(0).stdout;
    assert!(shown.contains("telegram") && shown.contains("@ann") && shown.contains("@bert (Bert, bert_b)"), "{shown}");
    cloud.claw(&["devices", "channels", "approve", id(0)]).exits(0);
    cloud.claw(&["devices", "channels", "approve", id(0)]).exits(2);
    cloud.claw(&["devices", "channels", "dismiss", id(1), "--machine", "alice"]).exits(0);
    assert_eq!(cloud.claw(&list).exits(0).json()["requests"], json!([]));
}
