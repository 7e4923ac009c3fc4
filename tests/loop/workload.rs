//! Signing in by a federated token, as in a Kubernetes pod or a GitHub job.

use std::fs;

use serde_json::Value;

use crate::cloud::Cloud;

#[test]
fn a_workload_identity_needs_no_secret_and_a_refused_one_is_explained() {
    let cloud = Cloud::start("fast.toml");
    let path = cloud.path("sim/cloud.json");
    let mut file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let client = file["credential"]["clientId"].as_str().unwrap().to_owned();
    let tenant = file["tenant"].as_str().unwrap().to_owned();
    file.as_object_mut().unwrap().shift_remove("credential");
    fs::write(&path, file.to_string()).unwrap();

    let token = cloud.path("sim/federated-token");
    let run = |args: &[&str]| {
        let mut command = cloud.command(args);
        command.env("AZURE_TENANT_ID", &tenant).env("AZURE_CLIENT_ID", &client);
        command.env("AZURE_FEDERATED_TOKEN_FILE", &token);
        crate::cloud::Answer::new(args, command.output().unwrap())
    };
    let config = run(&["status", "--explain-config"]).exits(0).stdout;
    assert!(config.contains("workload identity"), "{config}");
    run(&["plan"]).exits(3);

    let issued = fs::read_to_string(&token).unwrap();
    fs::write(&token, format!("{issued}x")).unwrap();
    let refused = run(&["plan"]);
    assert_ne!(refused.code, 3, "{}", refused.stdout);
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.contains("AADSTS700027") && said.contains("help:"), "{said}");
    assert!(!said.contains(&issued[..40]), "a token is never shown");
    assert_eq!(cloud.unknown_requests(), "");
}
