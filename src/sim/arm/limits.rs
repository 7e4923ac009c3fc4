//! What a subscription does not allow: quotas, sizes, unregistered providers, policies. Told to who asks beforehand, and
//! enforced on who doesn't (azure.md §2.4).

use serde_json::{Value, json};

use super::{Answer, ArmError, Call, Reply, store::page};
use crate::sim::world::State;

/// Size, family and vCPUs of the sizes that are offered here.
const SIZES: [(&str, &str, u64); 9] = [
    ("Standard_B1s", "standardBSFamily", 1),
    ("Standard_B1ms", "standardBSFamily", 1),
    ("Standard_B2s", "standardBSFamily", 2),
    ("Standard_B2ms", "standardBSFamily", 2),
    ("Standard_B4ms", "standardBSFamily", 4),
    ("Standard_B2s_v2", "standardBsv2Family", 2),
    ("Standard_B2als_v2", "standardBasv2Family", 2),
    ("Standard_D2s_v5", "standardDSv5Family", 2),
    ("Standard_D4s_v5", "standardDSv5Family", 4),
];
const PROVIDERS: [&str; 8] = [
    "Microsoft.Authorization",
    "Microsoft.Compute",
    "Microsoft.Consumption",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.ResourceGraph",
    "Microsoft.Resources",
];
const VM: &str = "microsoft.compute/virtualmachines";
const ADDRESS: &str = "microsoft.network/publicipaddresses";

fn size(name: &str) -> Option<&'static (&'static str, &'static str, u64)> {
    SIZES.iter().find(|(size, ..)| size.eq_ignore_ascii_case(name))
}

fn of_vm(body: &Value) -> Option<&'static (&'static str, &'static str, u64)> {
    size(body["properties"]["hardwareProfile"]["vmSize"].as_str()?)
}

/// vCPUs in use, of one family or of all.
fn cores(state: &State, family: Option<&str>) -> u64 {
    let sizes = state.resources.values().filter(|r| r.kind == VM).filter_map(|r| of_vm(&r.body));
    sizes.filter(|(_, f, _)| family.is_none_or(|family| *f == family)).map(|(.., cores)| cores).sum()
}

fn addresses(state: &State) -> usize {
    state.resources.values().filter(|r| r.kind == ADDRESS).count()
}

/// Refuses what the subscription has no room or no leave for.
pub fn check(call: &Call) -> Result<(), ArmError> {
    if call.method != "PUT" {
        return Ok(());
    }
    let namespace = &call.target.namespace;
    if is_unregistered(call, namespace) {
        let message = format!(
            "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions."
        );
        return Err(ArmError::conflict("MissingSubscriptionRegistration", message));
    }
    let kind = call.target.kind();
    let denied = &call.world.scenario.limits.denied_types;
    if denied.iter().any(|d| d.eq_ignore_ascii_case(&kind)) {
        let message = format!(
            "Resource '{}' was disallowed by policy. Policy identifiers: '[{{\"policyAssignment\":{{\"name\":\"not-allowed-types\"}}}}]'.",
            call.target.name()
        );
        return Err(ArmError::new(403, "RequestDisallowedByPolicy", message));
    }
    let state = call.world.state();
    if state.resources.contains_key(&call.target.key()) {
        return Ok(());
    }
    match kind.to_ascii_lowercase().as_str() {
        VM => {
            let asked = call.body["properties"]["hardwareProfile"]["vmSize"].as_str().unwrap_or_default();
            room_for(call, &state, asked, call.body["location"].as_str().unwrap_or_default(), 1)
        }
        ADDRESS => {
            let limit = call.world.scenario.limits.public_ips.unwrap_or(1000);
            if addresses(&state) < limit {
                return Ok(());
            }
            let message =
                format!("Cannot create more than {limit} public IP addresses for this subscription in this region.");
            Err(ArmError::bad("PublicIPCountLimitReached", message))
        }
        _ => Ok(()),
    }
}

fn is_unregistered(call: &Call, namespace: &str) -> bool {
    call.world.scenario.limits.unregistered.iter().any(|n| n.eq_ignore_ascii_case(namespace))
}

/// Whether `count` more VMs of a size fit in.
pub fn room_for(call: &Call, state: &State, asked: &str, location: &str, count: u64) -> Result<(), ArmError> {
    let limits = &call.world.scenario.limits;
    if count == 0 {
        return Ok(());
    }
    if limits.unavailable_sizes.iter().any(|s| s.eq_ignore_ascii_case(asked)) {
        let message = format!(
            "The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: {asked}' is currently not available in location '{location}'. Please try another size or deploy to a different location or different zone. See https://aka.ms/azureskunotavailable for details."
        );
        return Err(ArmError::conflict("SkuNotAvailable", message));
    }
    let Some((.., each)) = size(asked) else { return Ok(()) };
    let more = each * count;
    let (limit, used) = (limits.cores.unwrap_or(u64::MAX), cores(state, None));
    if used + more <= limit {
        return Ok(());
    }
    let message = format!(
        "Operation could not be completed as it results in exceeding approved Total Regional Cores quota. Additional details - Deployment Model: Resource Manager, Location: {location}, Current Limit: {limit}, Current Usage: {used}, Additional Required: {more}, (Minimum) New Limit Required: {}. Setup Alerts when Quota reaches threshold.",
        used + more
    );
    Err(ArmError::conflict("OperationNotAllowed", message))
}

/// Answers the reads and checks that change nothing; `None` for anything else.
pub fn answer(call: &Call, pattern: &str) -> Option<Answer> {
    let limits = &call.world.scenario.limits;
    Some(Ok(match (call.method.as_str(), pattern) {
        ("GET", "microsoft.resources/providers") => {
            page(call, PROVIDERS.iter().map(|n| provider(call, n)).collect(), 500)
        }
        ("GET", "microsoft.authorization/permissions") => permissions(call),
        ("GET", "microsoft.compute/locations/*/usages") => {
            let state = call.world.state();
            let all = usage("cores", "Total Regional vCPUs", cores(&state, None), limits.cores.unwrap_or(1000));
            let mut families: Vec<&str> = SIZES.iter().map(|(_, family, _)| *family).collect();
            families.dedup();
            let each = families.iter().map(|f| usage(f, f, cores(&state, Some(f)), limits.cores.unwrap_or(1000)));
            let all = std::iter::once(all).chain(each).collect();
            page(call, all, 500)
        }
        ("GET", "microsoft.network/locations/*/usages") => {
            let used = addresses(&call.world.state()) as u64;
            let limit = limits.public_ips.unwrap_or(1000) as u64;
            page(
                call,
                vec![usage("IPv4StandardSkuPublicIpAddresses", "Public IPv4 Addresses - Standard", used, limit)],
                500,
            )
        }
        ("GET", "microsoft.compute/skus") => page(call, SIZES.iter().map(|size| sku(call, size)).collect(), 500),
        ("GET", "microsoft.compute/locations/*/publishers/*/artifacttypes/*/offers/*/skus/*/versions") => {
            Reply::json(200, &json!([{"location": call.target.names.first(), "name": "24.04.202611010"}]))
        }
        ("GET", "microsoft.network/locations/*/checkdnsnameavailability") => {
            let label = call.query("domainNameLabel").unwrap_or_default();
            let state = call.world.state();
            let taken =
                state.resources.values().any(|r| r.body["properties"]["dnsSettings"]["domainNameLabel"] == label);
            Reply::json(200, &json!({"available": !taken}))
        }
        _ => return None,
    }))
}

fn provider(call: &Call, namespace: &str) -> Value {
    let state = if is_unregistered(call, namespace) { "NotRegistered" } else { "Registered" };
    json!({
        "id": format!("/subscriptions/{}/providers/{namespace}", call.target.subscription), "namespace": namespace,
        "registrationState": state, "registrationPolicy": "RegistrationRequired", "resourceTypes": [],
    })
}

/// What the caller's roles at or above the scope add up to.
fn permissions(call: &Call) -> Reply {
    let holds = |role: &str| call.world.allowed(&call.caller.object_id, &[role], &call.target.scope);
    let mut all = Vec::new();
    if holds(super::access::OWNER) {
        all.push(json!({"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}));
    }
    if holds(super::access::CONTRIBUTOR) {
        let not = [
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ];
        all.push(json!({"actions": ["*"], "notActions": not, "dataActions": [], "notDataActions": []}));
    }
    if holds(super::access::READER) {
        all.push(json!({"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}));
    }
    page(call, all, 500)
}

fn usage(name: &str, display: &str, used: u64, limit: u64) -> Value {
    json!({"unit": "Count", "currentValue": used, "limit": limit, "name": {"value": name, "localizedValue": display}})
}

fn sku(call: &Call, (name, family, cores): &(&str, &str, u64)) -> Value {
    let asked = call.query("$filter").and_then(|f| f.split('\'').nth(1)).unwrap_or("eastus2").to_owned();
    let is_unavailable = call.world.scenario.limits.unavailable_sizes.iter().any(|s| s.eq_ignore_ascii_case(name));
    let restrictions = match is_unavailable {
        true => json!([{"type": "Location", "values": [asked], "reasonCode": "NotAvailableForSubscription",
            "restrictionInfo": {"locations": [asked]}}]),
        false => json!([]),
    };
    json!({
        "resourceType": "virtualMachines", "name": name, "tier": "Standard", "size": name.trim_start_matches("Standard_"), "family": family, "locations": [asked],
        "locationInfo": [{"location": asked, "zones": ["1", "2", "3"]}], "restrictions": restrictions,
        "capabilities": [{"name": "vCPUs", "value": cores.to_string()}, {"name": "HyperVGenerations", "value": "V1,V2"}],
    })
}
