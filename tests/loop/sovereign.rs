//! The whole loop in the clouds that are not the public one: `cloud.json` names the cloud, claw finds its hosts.

use serde_json::json;

use crate::cloud::Cloud;

fn the_loop(name: &str, location: &str, dns: &str) {
    let cloud = Cloud::start(&format!("{name}.toml"));
    let team = json!({
        "members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}],
        "fleet": {"resourceGroup": "openclaw-rg", "location": location},
    });
    cloud.write("team.json", &team.to_string());
    cloud.write("secrets.json", r#"{"shared": {"ANTHROPIC_API_KEY": "k"}}"#);

    cloud.claw(&["preflight"]).exits(0);
    cloud.claw(&["plan"]).exits(3);
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.claw(&["plan"]).exits(0);
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    let machine = &status["machines"][0]["machine"];
    assert_eq!(machine["power"]["value"], "running", "{status}");
    assert!(
        machine["dns_name"].as_str().is_some_and(|name| name.ends_with(&format!(".{location}.{dns}"))),
        "{machine}"
    );
    let console = cloud.claw(&["logs", "alice", "--source", "console"]).exits(0).stdout;
    assert!(console.contains("SSH HOST KEY"), "{console}");
    let said = cloud.claw(&["ssh", "bob", "--", "hostname"]).exits(0).stdout;
    assert!(said.contains("claw-bob"), "{said}");
    let secrets = cloud.claw(&["secrets", "list"]).exits(0).stdout;
    assert!(secrets.contains("openclaw-shared"), "{secrets}");
    cloud.claw(&["devices"]).exits(0);
    cloud.claw(&["stop", "bob", "--yes"]).exits(0);
    cloud.claw(&["down", "--yes"]).exits(0);
    assert_eq!(cloud.unknown_requests(), "", "a host of another cloud, most likely");
}

#[test]
fn of_the_us_government() {
    the_loop("usgov", "usgovvirginia", "usgovcloudapp.net");
}

#[test]
fn of_china() {
    the_loop("china", "chinanorth3", "chinacloudapp.cn");
}
