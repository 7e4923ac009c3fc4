//! What would stop an `up` is said beforehand, without changing anything, and `up` meets the very same.

use serde_json::Value;

use crate::cloud::Cloud;

fn found<'a>(report: &'a Value, topic: &str, words: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap();
    let fits = |c: &&Value| c["topic"] == topic && c["finding"].as_str().unwrap().contains(words);
    checks.iter().find(fits).unwrap_or_else(|| panic!("{topic}: {words}\n{report:#}"))
}

#[test]
fn with_room_enough_nothing_stops_it_before_and_after() {
    let cloud = Cloud::start("fast.toml");
    let before = cloud.claw(&["preflight", "--json"]).exits(0).json();
    assert_eq!(before["schema"], "claw/preflight/v1");
    assert_eq!(found(&before, "policies", "once the group openclaw-rg is there")["outcome"], "unknown");
    for topic in ["people", "providers", "permissions", "size", "quota", "image", "roles", "vault", "names"] {
        assert_eq!(found(&before, topic, "")["outcome"], "ok", "{topic}");
    }
    found(&before, "quota", "Total Regional vCPUs: 10 more needed");
    assert_eq!(cloud.claw(&["plan", "--json"]).json()["observed"]["group"]["value"], false, "it changed nothing");
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    let after = cloud.claw(&["preflight"]).exits(0).stdout;
    assert!(after.contains("ARM accepts both templates") && after.ends_with("nothing stops claw up\n"), "{after}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn what_it_says_would_stop_up_does() {
    let cloud = Cloud::start("tight.toml");
    let report = cloud.claw(&["preflight", "--json"]).exits(1).json();
    for (topic, words, remedy) in [
        ("providers", "Microsoft.KeyVault is not registered", "az provider register --wait -n Microsoft.KeyVault"),
        ("quota", "Total Regional vCPUs: 10 more needed, only 7 of 7 free", "at least 10"),
        ("quota", "Public IPv4 Addresses - Standard: 5 more needed, only 4 of 4 free", "at least 5"),
    ] {
        let check = found(&report, topic, words);
        assert_eq!(check["outcome"], "stops", "{check}");
        assert!(check["remedy"].as_str().unwrap().contains(remedy), "{check}");
    }
    a_nightly_stop_needs_its_own_provider(&cloud);
    let up = cloud.claw(&["up", "--yes", "--json"]).exits(4).json();
    let failed = up["applied"]["failed"][0].to_string();
    assert!(failed.contains("MissingSubscriptionRegistration") || failed.contains("RequestDisallowedByPolicy"), "{up}");
    // The group is there now, so ARM can be asked about policies.
    let report = cloud.claw(&["preflight", "--json"]).exits(1).json();
    let policy = found(&report, "policies", "claw-infra");
    let said = policy["finding"].as_str().unwrap();
    assert!(said.contains("not registered") || said.contains("disallowed by policy"), "{policy}");
    let text = cloud.claw(&["preflight"]).exits(1).stdout;
    assert!(text.contains("✗ providers   Microsoft.KeyVault is not registered\n"), "{text}");
    assert!(text.lines().last().unwrap().starts_with("claw up would be stopped by"), "{text}");
    assert_eq!(cloud.unknown_requests(), "");
}

fn a_nightly_stop_needs_its_own_provider(cloud: &Cloud) {
    let words = "Microsoft.DevTestLab is not registered";
    assert!(!cloud.claw(&["preflight"]).exits(1).stdout.contains(words), "nobody asked for one");
    let team = std::fs::read_to_string(cloud.path("team.json")).unwrap();
    let mut asked: serde_json::Value = serde_json::from_str(&team).unwrap();
    asked["members"][0]["idle"] = serde_json::json!({"shutdownAt": "03:30"});
    cloud.write("team.json", &asked.to_string());
    let report = cloud.claw(&["preflight", "--json"]).exits(1).json();
    let check = found(&report, "providers", words);
    assert_eq!(check["outcome"], "stops", "{check}");
    cloud.write("team.json", &team);
}

#[test]
fn three_of_five_fit_and_the_others_say_what_is_missing() {
    let cloud = Cloud::start("few-cores.toml");
    let report = cloud.claw(&["preflight", "--json"]).exits(1).json();
    found(&report, "quota", "only 7 of 7 free");
    let up = cloud.claw(&["up", "--yes", "--no-wait", "--json"]).exits(4).json();
    let failed = up["applied"]["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 2, "{up}");
    for machine in failed {
        assert!(machine[1].as_str().unwrap().contains("Total Regional Cores quota"), "the innermost cause: {machine}");
        assert!(machine[2].as_str().unwrap().contains("raise the quota"), "{machine}");
    }
    let status = cloud.claw(&["status"]).exits(0).stdout;
    assert_eq!(status.matches(" running ").count(), 3, "{status}");
}
