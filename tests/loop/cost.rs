//! What a plan changes in the monthly bill.

use crate::cloud::Cloud;

#[test]
fn a_plan_says_what_each_step_and_the_whole_costs_a_month() {
    let cloud = Cloud::start("fast.toml");
    let plan = cloud.claw(&["plan"]).exits(3).stdout;
    // 730 h of Standard_B2s, the disk and the address.
    let line =
        "create claw-alice (Standard_B2s) for alice@example.com, with their login and power roles  +35.55 USD/month";
    assert!(plan.contains(line), "{plan}");
    assert!(plan.contains("cost per month: 0.00 → 208.14 USD"), "{plan}");
    let json = cloud.claw(&["plan", "--json"]).exits(3).json();
    assert_eq!(json["cost"]["after"], 208_138_000, "{}", json["cost"]);
    assert_eq!(json["cost"]["steps"]["create-machine/claw-bob"], 35_554_000);
    // The second plan reads no prices: the first has kept them.
    let kept = std::fs::read_to_string(cloud.path("data/prices-eastus2.json")).unwrap();
    assert!(kept.contains("Standard_B2s"), "{kept}");

    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    let same = cloud.claw(&["plan"]).exits(0).stdout;
    assert!(same.contains("cost per month: 208.14 USD"), "{same}");
    cloud.claw(&["stop", "alice", "--yes"]).exits(0);
    let less = cloud.claw(&["plan"]).exits(0).stdout;
    assert!(less.contains("cost per month: 177.77 USD"), "{less}");

    let strange = r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}, {"email": "chandra@example.com", "vmSize": "Standard_B2ms"},
        {"email": "dana@example.com"}, {"email": "erin@example.com"}, {"email": "olga@example.com", "vmSize": "Standard_X99"}]}"#;
    cloud.write("team.json", strange);
    let unknown = cloud.claw(&["plan"]).exits(3).stdout;
    // 177.77, and what olga's disk and address cost.
    assert!(unknown.contains("177.77 → at least 182.96 USD"), "{unknown}");
    assert!(unknown.contains("no price known for Standard_X99"), "{unknown}");
    let strange = unknown.lines().find(|line| line.contains("create claw-olga")).unwrap();
    assert!(strange.ends_with("  cost unknown"), "{strange}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn without_a_price_list_the_plan_says_why_and_old_prices_say_their_age() {
    let cloud = Cloud::start("no-prices.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    let plan = cloud.claw(&["plan"]).exits(3).stdout;
    assert!(plan.lines().last().unwrap().starts_with("cost unknown: the price list could not be read: "), "{plan}");
    let json = cloud.claw(&["plan", "--json"]).exits(3).json();
    assert!(json["cost"]["why"].as_str().unwrap().contains("could not be read"), "{}", json["cost"]);

    let old = r#"{"read": "2020-01-01T00:00:00Z", "prices": {"currency": "USD",
        "machine_hour": {"Standard_B2s": 41600}, "disk_month": 1536000, "address_hour": 5000}}"#;
    std::fs::create_dir_all(cloud.path("data")).unwrap();
    cloud.write("data/prices-eastus2.json", old);
    let plan = cloud.claw(&["plan"]).exits(3).stdout;
    let line = plan.lines().last().unwrap();
    assert!(line.starts_with("cost per month: 0.00 → 35.55 USD (") && line.contains(" days old: "), "{line}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn a_size_that_was_changed_is_told_and_changes_no_exit_code() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    let team = |size: &str| format!(r#"{{"members": [{{"email": "alice@example.com", "vmSize": "{size}"}}]}}"#);
    cloud.write("team.json", &team("Standard_B2s"));
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    cloud.write("team.json", &team("Standard_B2ms"));
    let told = cloud.claw(&["plan"]).exits(0).stdout;
    assert!(told.contains("? claw-alice: vmSize is Standard_B2s, team.json says Standard_B2ms; "), "{told}");
    assert!(told.contains("az vm resize -g openclaw-rg -n claw-alice --size Standard_B2ms"), "{told}");
    assert!(told.contains("nothing to do\n"), "{told}");
    let json = cloud.claw(&["plan", "--json"]).exits(0).json();
    let differs = &json["plan"]["differences"][0];
    assert_eq!((&differs["have"], &differs["wanted"]), (&"Standard_B2s".into(), &"Standard_B2ms".into()), "{json}");
    // What the note says first can be typed.
    cloud.claw(&["stop", "claw-alice", "--yes"]).exits(0);
}
