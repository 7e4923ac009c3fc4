//! Roles, people, locks, rules and secrets, from both sides.

use crate::{az::Az, template::ALICE};

#[test]
fn roles_locks_rules_and_secrets_are_the_same_from_both_sides() {
    let Some(az) = Az::login() else { return };
    az.cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    std::fs::remove_file(az.cloud.path("secrets.json")).unwrap();
    az.cloud.claw(&["up", "--yes"]).exits(0);
    let vm = az.vm("claw-alice");

    let roles = az.run(&["role", "assignment", "list", "--scope", &vm, "--assignee", ALICE]);
    let mut names: Vec<&str> =
        roles.as_array().unwrap().iter().map(|r| r["roleDefinitionName"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Desktop Virtualization Power On Off Contributor", "Virtual Machine User Login"]);
    assert_eq!(roles[0]["principalName"], "alice@example.com", "{roles}");
    let login = ["--role", "Virtual Machine User Login", "--scope", vm.as_str()];
    az.run(&[&["role", "assignment", "delete", "--assignee", ALICE], &login[..]].concat());
    let plan = az.cloud.claw(&["plan"]).exits(3).stdout;
    assert!(plan.contains("give alice@example.com the role Virtual Machine User Login"), "{plan}");
    let who = ["--assignee-object-id", ALICE, "--assignee-principal-type", "User"];
    az.run(&[&["role", "assignment", "create"], &who[..], &login[..]].concat());
    az.cloud.claw(&["plan"]).exits(0);

    assert_eq!(az.run(&["ad", "user", "show", "--id", "alice@example.com"])["displayName"], "Alice Arden");
    assert_eq!(az.run(&["ad", "sp", "show", "--id", &az.client])["appId"], az.client.as_str());

    let g = ["-g", "openclaw-rg"];
    let on = |args: &[&str]| az.run(&[args, &g].concat());
    let rule =
        ["--nsg-name", "claw-nsg", "-n", "office", "--priority", "2000", "--access", "Allow", "--protocol", "Tcp"];
    let from = ["--source-address-prefixes", "203.0.113.0/24", "--destination-port-ranges", "443"];
    on(&[&["network", "nsg", "rule", "create"], &rule[..], &from[..]].concat());
    let team = r#"{"members": [{"email": "alice@example.com"}], "network": {"sshFrom": ["198.51.100.0/24"]}}"#;
    az.cloud.write("team.json", team);
    az.cloud.claw(&["up", "--yes"]).exits(0);
    let rules = on(&["network", "nsg", "rule", "list", "--nsg-name", "claw-nsg", "--query", "[].name"]).to_string();
    assert!(rules.contains("office") && rules.contains("claw-ssh"), "a deployment keeps others' rules: {rules}");

    let vault = on(&["keyvault", "list", "--query", "[0].name"]).as_str().unwrap().to_owned();
    let value = ["--vault-name", vault.as_str(), "-n", "by-hand", "--value", "not so secret"];
    az.run(&[&["keyvault", "secret", "set"], &value[..]].concat());
    let listed = az.cloud.claw(&["secrets", "list"]).exits(0).stdout;
    assert!(listed.contains("by-hand") && !listed.contains("not so secret"), "{listed}");
    let read = az.run(&["keyvault", "secret", "show", "--vault-name", &vault, "-n", "by-hand"]);
    assert_eq!(read["value"], "not so secret");
    let made = on(&["keyvault", "create", "-n", "claw-made-by-az", "-l", "eastus2", "--retention-days", "7"]);
    assert_eq!(made["properties"]["provisioningState"], "Succeeded", "{made}");
    on(&["keyvault", "delete", "-n", "claw-made-by-az"]);
    let shown = az.run(&["keyvault", "show", "-n", &vault]);
    assert_eq!(shown["properties"]["enableRbacAuthorization"], true, "{shown}");
    assert_eq!(shown["properties"]["softDeleteRetentionInDays"], 7, "{shown}");

    assert_eq!(on(&["lock", "list", "--query", "[].name"])[0], "claw-keep");
    on(&["lock", "create", "-n", "legal", "--lock-type", "CanNotDelete"]);
    let down = az.cloud.claw(&["down", "--yes"]).exits(5);
    assert!(down.stderr.contains("the lock legal (CanNotDelete) is not claw's"), "{}", down.stderr);
    on(&["lock", "delete", "-n", "legal"]);
    on(&["network", "vnet", "create", "-n", "ledger", "-l", "eastus2", "--address-prefixes", "10.9.0.0/16"]);
    let down = az.cloud.claw(&["down", "--yes"]).exits(5);
    assert!(down.stderr.contains("ledger"), "{}", down.stderr);
    on(&["network", "vnet", "delete", "-n", "ledger"]);
    az.cloud.claw(&["down", "--yes"]).exits(0);
    assert_eq!(az.run(&["group", "exists", "-n", "openclaw-rg"]), false);
    az.was_understood();
}
