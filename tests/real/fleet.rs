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

#[test]
fn what_others_gave_the_network_and_the_vault_outlasts_a_deployment() {
    let Some(az) = Az::login() else { return };
    az.cloud.up(r#"{"members": [{"email": "alice@example.com"}]}"#);
    let on = |args: &[&str]| az.run(&[args, &["-g", "openclaw-rg"]].concat());
    let subnet = ["--vnet-name", "claw-vnet", "-n", "AzureBastionSubnet", "--address-prefixes", "10.40.255.0/26"];
    on(&[&["network", "vnet", "subnet", "create"], &subnet[..]].concat());
    let vault = on(&["keyvault", "list", "--query", "[0].name"]).as_str().unwrap().to_owned();
    az.run(&["keyvault", "update", "-n", &vault, "--public-network-access", "Disabled"]);

    let elsewhere = r#"{"members": [{"email": "alice@example.com"}], "network": {"sshFrom": ["203.0.113.0/24"]}}"#;
    az.cloud.write("team.json", elsewhere);
    // The secrets stay behind.
    let up = az.cloud.claw(&["up", "--yes", "--no-wait"]).exits(4);
    assert!(up.stderr.contains("(ForbiddenByConnection)"), "{}", up.stderr);
    let rule = on(&["network", "nsg", "rule", "show", "--nsg-name", "claw-nsg", "-n", "claw-ssh"]);
    assert!(rule.to_string().contains("203.0.113.0/24"), "{rule}");
    let subnets = on(&["network", "vnet", "subnet", "list", "--vnet-name", "claw-vnet", "--query", "[].name"]);
    assert_eq!(subnets, serde_json::json!(["machines", "AzureBastionSubnet"]));
    let shown = az.run(&["keyvault", "show", "-n", &vault]);
    assert_eq!(shown["properties"]["publicNetworkAccess"], "Disabled", "{shown}");
    az.cloud.claw(&["plan"]).exits(0);
    // No role opens it: nothing is granted, and nobody waits for that to take effect.
    let closed = az.cloud.claw(&["secrets", "push"]).exits(1);
    assert!(closed.stderr.contains("the vault is closed to public networks"), "{}", closed.stderr);
    assert!(!closed.stderr.contains("taking effect"), "{}", closed.stderr);
    az.was_understood();
}
