//! What the Azure CLI makes, claw sees.

use crate::az::Az;

#[test]
fn what_az_deploys_claw_takes_for_its_own() {
    let Some(az) = Az::login() else { return };
    let made = az.run(&["group", "create", "-n", "openclaw-rg", "-l", "eastus2", "--tags", "project=openclaw"]);
    assert_eq!(made["properties"]["provisioningState"], "Succeeded");
    assert_eq!(az.run(&["group", "exists", "-n", "openclaw-rg"]), true);
    let infra = az.deploy("claw-infra", "fleet.json", az.fleet_values("claw-by-az"));
    assert_eq!(infra["properties"]["provisioningState"], "Succeeded", "{infra}");
    let member = az.deploy("claw-alice", "member.json", az.member_values());
    assert_eq!(member["properties"]["outputResources"].as_array().unwrap().len(), 6, "{member}");

    let status = az.cloud.claw(&["status", "--json"]).exits(0).json();
    let alice = status["machines"].as_array().unwrap().iter().find(|r| r["member"] == "alice").unwrap().clone();
    assert_eq!(alice["machine"]["name"], "claw-alice", "{alice}");
    assert_eq!(alice["machine"]["power"]["value"], "running", "{alice}");
    let plan = az.cloud.claw(&["plan"]).exits(3).stdout;
    assert!(!plan.contains("create claw-alice") && plan.contains("create claw-bob"), "{plan}");
    assert!(plan.contains("read the SSH host key of claw-alice"), "{plan}");

    let shown = az.run(&["deployment", "group", "show", "-g", "openclaw-rg", "-n", "claw-alice"]);
    assert!(!shown.to_string().contains("customData\":\"I2"), "{shown}");
    let operations = az.run(&["deployment", "operation", "group", "list", "-g", "openclaw-rg", "-n", "claw-alice"]);
    assert_eq!(operations.as_array().unwrap().len(), 6, "{operations}");
    let deployments = az.run(&["deployment", "group", "list", "-g", "openclaw-rg"]);
    assert_eq!(deployments.as_array().unwrap().len(), 2);
    let set = az.run(&["vmss", "show", "-g", "openclaw-rg", "-n", "openclaw"]);
    assert_eq!((&set["orchestrationMode"], &set["sku"]), (&"Flexible".into(), &serde_json::Value::Null), "{set}");
    let refused = az.refused(&["vmss", "delete", "-g", "openclaw-rg", "-n", "openclaw"]);
    assert!(refused.contains("ScopeLocked"), "{refused}");
    let parameters = format!("@{}", az.cloud.path("claw-infra.parameters.json").display());
    let file = format!("{}/assets/infra/fleet.json", env!("CARGO_MANIFEST_DIR"));
    let what_if =
        ["deployment", "group", "what-if", "-g", "openclaw-rg", "-n", "claw-infra", "-f", &file, "-p", &parameters];
    let forecast = az.run(&[&what_if[..], &["--no-pretty-print"]].concat());
    let changes = forecast["changes"].as_array().unwrap();
    let kinds: Vec<&str> = changes.iter().map(|c| c["changeType"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"NoChange") && kinds.contains(&"Ignore") && !kinds.contains(&"Create"), "{forecast}");
    // As with the real ARM, defaults that the template leaves to Azure count as deleted, and nothing else differs.
    for change in changes.iter().filter(|c| c["changeType"] == "Modify") {
        let delta = change["delta"].as_array().unwrap();
        assert!(delta.iter().all(|d| d["propertyChangeType"] == "Delete"), "{change}");
    }
    az.was_understood();
}
