//! What a plan changes in the monthly bill, and what machines have cost.

use serde_json::Value;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

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
    let budget =
        "? budget: on all month a Standard_B2ms costs 65.92 USD, a Standard_B2s costs 35.55 USD, more than the 30 ";
    assert!(plan.contains(budget) && plan.contains("fleet.budgetPerMachine in team.json sets it"), "{plan}");
    let checks = cloud.claw(&["preflight"]).exits(0).stdout;
    assert!(checks.contains("! budget      on all month a Standard_B2ms costs 65.92 USD"), "{checks}");
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
    // For the default region some come with claw, as old as they are.
    let plan = cloud.claw(&["plan"]).exits(3).stdout;
    let line = plan.lines().last().unwrap();
    assert!(line.starts_with("cost per month: 0.00 → 35.55 USD (the prices are "), "{line}");
    assert!(line.contains("they came with claw, as the price list could not be read: "), "{line}");
    let elsewhere = ["--location", "westeurope"];
    let plan = cloud.claw(&[&["plan"][..], &elsewhere].concat()).exits(3).stdout;
    assert!(plan.lines().last().unwrap().starts_with("cost unknown: the price list could not be read: "), "{plan}");
    assert!(plan.contains("none came with claw for westeurope: claw cost --refresh asks again"), "{plan}");
    let json = cloud.claw(&[&["plan", "--json"][..], &elsewhere].concat()).exits(3).json();
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

/// A line of what claw keeps of its looks, as many minutes ago.
fn look(minutes: i64, bob: &str) -> String {
    let at = (OffsetDateTime::now_utc() - Duration::minutes(minutes)).format(&Rfc3339).unwrap();
    let was = |power: &str| format!(r#"{{"power": "{power}", "size": "Standard_B2s"}}"#);
    format!(r#"{{"at": "{at}", "is": {{"claw-alice": {}, "claw-bob": {}}}}}"#, was("running"), was(bob))
}

#[test]
fn hours_that_were_seen_are_priced_and_the_bill_stands_beside_them() {
    let cloud = Cloud::start("cost.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    cloud.claw(&["stop", "bob", "--yes"]).exits(0);
    // Each look at the machines is kept.
    let hours: Vec<_> = cloud.files().into_iter().filter(|p| p.starts_with(cloud.path("data/hours"))).collect();
    let [file] = hours.as_slice() else { panic!("{hours:?}") };
    let kept = std::fs::read_to_string(file).unwrap();
    assert!(kept.contains("claw-bob") && kept.contains("deallocated"), "{kept}");

    std::fs::write(file, format!("{}\n{}\n", look(40, "deallocated"), look(20, "deallocated"))).unwrap();
    let cost = cloud.claw(&["cost", "--json"]).exits(0).json();
    let [alice, bob] = [0, 1].map(|n| cost["machines"][n]["month"].clone());
    let number = |value: &Value| value.as_f64().unwrap();
    assert!(number(&alice["on_hours"]) > 0.0 && number(&alice["off_hours"]) == 0.0, "{alice}");
    assert!(number(&bob["off_hours"]) > 0.0 && number(&bob["on_hours"]) == 0.0, "{bob}");
    assert!(number(&bob["saved"]) > 0.0 && number(&alice["saved"]) == 0.0, "{bob}");
    // Machine, disk and address against the last two.
    assert!(number(&alice["at_least"]) > 5.0 * number(&bob["at_least"]), "{alice} {bob}");
    assert_eq!(cost["prices"]["source"], "Azure's retail price service", "{cost}");
    assert_eq!((&cost["budget"]["amount"], &cost["budget"]["in_azure"]), (&60.into(), &true.into()), "{cost}");
    assert!(number(&cost["actual"]["total"]) > 0.0 && number(&cost["machines"][0]["actual"]) > 0.0, "{cost}");

    // Within the hour the same figures are shown again.
    let text = cloud.claw(&["cost"]).exits(0).stdout;
    assert!(
        text.contains("billed this month, by Cost Management: ") && text.contains("(8 to 48 hours behind)"),
        "{text}"
    );
    assert!(text.contains("USD saved by deallocation") && text.contains("budget: 60 a month (30 a machine)"), "{text}");
    std::fs::remove_file(cloud.path("data/actual-cost.json")).unwrap();
    let text = cloud.claw(&["cost", "--refresh"]).exits(0).stdout;
    assert!(
        text.contains("billed this month: not known: you may not read it; the role Cost Management Reader"),
        "{text}"
    );

    // Nobody looked for a day: unknown, with what that may have cost.
    std::fs::write(file, look(1500, "running")).unwrap();
    let text = cloud.claw(&["cost"]).exits(0).stdout;
    assert!(text.contains("budget: 60 a month") && !text.contains("NaN"), "{text}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn where_no_price_is_known_no_amount_stands_and_the_way_to_one_is_named() {
    let cloud = Cloud::start("no-prices.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}], "fleet": {"location": "westeurope"}}"#);
    let again = "none came with claw for westeurope: claw cost --refresh asks again";
    let unknown = |cost: &str| {
        assert!(cost.contains("estimate: unknown, as the prices are") && cost.contains(again), "{cost}");
        assert!(!cost.contains("0.00") && !cost.contains("  today"), "{cost}");
    };
    unknown(&cloud.claw(&["cost"]).exits(0).stdout);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    unknown(&cloud.claw(&["cost"]).exits(0).stdout);
    let json = cloud.claw(&["cost", "--json"]).exits(0).json();
    assert!(json["prices"]["why"].as_str().unwrap().ends_with(again), "{json}");
    for spent in [&json["total"]["today"], &json["machines"][0]["month"]] {
        assert!(spent["at_least"].is_null() && spent["at_most"].is_null() && spent["saved"].is_null(), "{spent}");
    }
    let plan = cloud.claw(&["plan"]).exits(0).stdout;
    assert!(plan.contains("cost unknown: ") && plan.contains(again), "{plan}");
    // A list that lacks the machine's size.
    let list = r#"{"read": "2999-01-01T00:00:00Z", "prices": {"currency": "EUR",
        "machine_hour": {"Standard_D2s_v5": 96000}, "disk_month": 1536000, "address_hour": 5000}}"#;
    cloud.write("data/prices-westeurope.json", list);
    let text = cloud.claw(&["cost"]).exits(0).stdout;
    assert!(text.contains("no price known for Standard_B2s: claw cost --refresh asks again"), "{text}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn prices_that_can_not_be_read_anew_are_an_error_only_when_asked_for() {
    let cloud = Cloud::start("no-prices.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    let text = cloud.claw(&["cost"]).exits(0).stdout;
    assert!(text.contains("not read from Azure's price service, "), "{text}");
    let refused = cloud.claw(&["cost", "--refresh"]).exits(1).stderr;
    assert!(refused.contains("the price list could not be read"), "{refused}");
    assert!(refused.contains("claw cost takes the prices that there are"), "{refused}");
    assert_eq!(cloud.unknown_requests(), "");
}
