//! What lies outside of a subscription: the lists of subscriptions and of tenants.

use serde_json::{Value, json};

use super::{Answer, Reply, error::ArmError};
use crate::sim::{account::Account, wire::Request, world::World};

/// The subscription as lists and single reads show it.
pub fn shown(account: &Account) -> Value {
    json!({
        "id": account.subscription_scope(), "subscriptionId": account.subscription, "tenantId": account.tenant,
        "displayName": "Embedded cloud", "state": "Enabled",
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
        "authorizationSource": "RoleBased", "managedByTenants": [],
    })
}

/// `None` for paths that belong to a subscription.
pub fn answer(world: &World, request: &Request) -> Option<Answer> {
    let segments: Vec<String> = request.segments().iter().map(|s| s.to_ascii_lowercase()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let account = || world.state().account.clone();
    Some(match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["subscriptions"]) => Ok(Reply::json(
            200,
            &json!({
                "value": [shown(&account())], "count": {"type": "Total", "value": 1},
            }),
        )),
        ("GET", ["tenants"]) => {
            let tenant = account().tenant;
            Ok(Reply::json(
                200,
                &json!({"value": [{
                    "id": format!("/tenants/{tenant}"), "tenantId": tenant, "displayName": "Embedded", "tenantCategory": "Home",
                    "defaultDomain": "example.com", "domains": ["example.com"], "tenantType": "AAD",
                }]}),
            ))
        }
        (_, ["subscriptions", _, ..]) => return None,
        _ => Err(ArmError::unknown(&request.method, &request.path)),
    })
}
