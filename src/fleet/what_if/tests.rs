use serde_json::{Value, json};

use super::*;

fn difference(path: &str, kind: Kind, before: Value, after: Value) -> Difference {
    Difference { path: path.into(), kind, before, after }
}

/// What a deployment of an unchanged template is told, from Azure/arm-template-whatif and azure.md §8.
#[test]
fn what_azure_keeps_to_itself_is_noise() {
    let subnet = "properties.subnets.0";
    let id = "/subscriptions/s/resourceGroups/RG/providers/Microsoft.Network/networkSecurityGroups/claw-nsg";
    for noise in [
        difference("properties.enableDdosProtection", Kind::Delete, json!(false), Value::Null),
        difference("properties.dhcpOptions", Kind::Delete, json!({"dnsServers": []}), Value::Null),
        difference("properties.privateEndpointVNetPolicies", Kind::Delete, json!("Disabled"), Value::Null),
        difference(
            &format!("{subnet}.properties.privateEndpointNetworkPolicies"),
            Kind::Modify,
            json!("Disabled"),
            json!("Enabled"),
        ),
        difference(&format!("{subnet}.properties.delegations"), Kind::Delete, json!([]), Value::Null),
        difference(&format!("{subnet}.type"), Kind::NoEffect, json!("x"), Value::Null),
        difference(&format!("{subnet}.id"), Kind::Delete, json!(id), Value::Null),
        difference(&format!("{subnet}.properties.provisioningState"), Kind::Delete, json!("Succeeded"), Value::Null),
        difference("properties.accessPolicies", Kind::Create, Value::Null, json!([])),
        difference("location", Kind::Modify, json!("East US 2"), json!("eastus2")),
        difference("properties.x.id", Kind::Modify, json!(id), json!(id.to_lowercase())),
        difference("properties.port", Kind::Modify, json!("22"), json!(22)),
    ] {
        assert!(noise.is_noise(), "{noise}");
    }
}

#[test]
fn what_would_really_change_is_never_noise() {
    for real in [
        difference("tags.owner", Kind::Delete, json!(""), Value::Null),
        difference("tags.provisioningState", Kind::Modify, json!("a"), json!("b")),
        difference("properties.securityRules.1", Kind::Delete, json!({"name": "theirs"}), Value::Null),
        difference("properties.securityRules.0.properties.access", Kind::Modify, json!("Deny"), json!("Allow")),
        difference("properties.networkSecurityGroup.id", Kind::Delete, json!("/subscriptions/x"), Value::Null),
        difference("properties.enableRbacAuthorization", Kind::Modify, json!(false), json!(true)),
        difference("properties.enableRbacAuthorization", Kind::Modify, json!(true), json!(false)),
        difference("properties.publicNetworkAccess", Kind::Modify, json!("Disabled"), json!("Enabled")),
        difference("properties.softDeleteRetentionInDays", Kind::Modify, json!(90), json!(7)),
        difference("properties.name", Kind::Modify, json!("A"), json!("a")),
    ] {
        assert!(!real.is_noise(), "{real}");
    }
}

#[test]
fn a_modify_of_nothing_but_noise_is_no_change_and_one_without_details_is() {
    let change = |differences: &[Difference]| Change::new("/x".into(), "Modify".into(), differences);
    let noise = difference("properties.enableDdosProtection", Kind::Delete, json!(false), Value::Null);
    let real = difference("properties.x", Kind::Modify, json!(1), json!(2));
    assert_eq!(change(std::slice::from_ref(&noise)).sign(), '=');
    assert_eq!(change(&[]).sign(), '~', "ARM did not say what");
    let both = change(&[noise, real]);
    assert_eq!((both.sign(), both.details, both.noise.len()), ('~', vec!["properties.x: 1 → 2".to_owned()], 1));
}
