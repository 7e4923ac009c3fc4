//! What claw makes, the Azure CLI lists, stops, starts and deletes, and claw sees that too.

use crate::az::Az;

#[test]
fn az_runs_what_claw_made() {
    let Some(az) = Az::login() else { return };
    let small = r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#;
    az.cloud.write("team.json", small);
    std::fs::remove_file(az.cloud.path("secrets.json")).unwrap();
    az.cloud.claw(&["up", "--yes"]).exits(0);
    let g = ["-g", "openclaw-rg"];
    let on = |args: &[&str]| az.run(&[args, &g].concat());

    let names: Vec<String> = serde_json::from_value(on(&["vm", "list", "--query", "[].name"])).unwrap();
    assert_eq!(names, ["claw-alice", "claw-bob"]);
    let alice = on(&["vm", "show", "-d", "-n", "claw-alice"]);
    assert_eq!(alice["powerState"], "VM running", "{alice}");
    let address = alice["publicIps"].as_str().unwrap();
    assert!(alice["fqdns"].as_str().unwrap().starts_with("claw-alice-"), "{alice}");
    let status = az.cloud.claw(&["status"]).exits(0).stdout;
    assert!(status.contains(address), "{address}\n{status}");
    let view = on(&["vm", "get-instance-view", "-n", "claw-alice", "--query", "instanceView.statuses[].code"]);
    assert_eq!(view[1], "PowerState/running", "{view}");
    assert_eq!(on(&["vm", "extension", "list", "--vm-name", "claw-alice"])[0]["name"], "AADSSHLoginForLinux");
    let log = on(&["vm", "boot-diagnostics", "get-boot-log", "-n", "claw-alice"]).to_string();
    assert!(log.contains("BEGIN SSH HOST KEY KEYS"), "{log}");
    assert_eq!(on(&["network", "nic", "list", "--query", "[].name"])[1], "claw-bob-nic");
    assert_eq!(on(&["disk", "list", "--query", "length([])"]), 2);

    on(&["vm", "deallocate", "-n", "claw-alice"]);
    let status = az.cloud.claw(&["status"]).exits(0).stdout;
    assert!(status.lines().any(|l| l.starts_with("alice") && l.contains("deallocated")), "{status}");
    on(&["vm", "start", "-n", "claw-alice"]);
    on(&["vm", "restart", "-n", "claw-alice"]);
    az.cloud.claw(&["ssh", "alice", "--", "uptime"]).exits(0);
    on(&["vm", "delete", "-n", "claw-bob", "--yes"]);
    let plan = az.cloud.claw(&["plan"]).exits(3).stdout;
    assert!(plan.contains("create claw-bob") && !plan.contains("create claw-alice"), "{plan}");

    let query = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/queries/machines.kql")).unwrap();
    let set = format!("{}/providers/Microsoft.Compute/virtualMachineScaleSets/openclaw", az.group());
    let body = serde_json::json!({"subscriptions": [az.subscription], "query": query.replace("{{scaleSetId}}", &set),
        "options": {"$top": 1000, "resultFormat": "objectArray"}});
    let body = az.cloud.write("query.json", &body.to_string());
    let url = "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01";
    let rows = az.run(&["rest", "--method", "post", "--url", url, "--body", &format!("@{}", body.display())]);
    assert!(rows["data"].as_array().unwrap().iter().any(|row| row["name"] == "claw-alice"), "{rows}");
    assert_eq!(rows["resultTruncated"], "false", "a text, not a truth value");
    az.was_understood();
}
