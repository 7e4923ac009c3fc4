//! Which provider answers what; templates come by here too.

use super::{
    Answer, ArmError, Call, budget, compute, cost, deployment, group, identity, limits, lock, lro, network,
    role_assignment, role_definition, schedule, store, tags, target::Level, vault,
};

/// Answers a call that is allowed. Anything else is unknown (501).
pub fn dispatch(call: &Call) -> Answer {
    if call.method == "DELETE" {
        lock::check(call)?;
    }
    limits::check(call)?;
    let pattern = call.target.pattern();
    if let Some(answer) = limits::answer(call, &pattern) {
        return answer;
    }
    let in_group = call.target.group.is_some();
    if call.method == "PUT" && in_group && !pattern.is_empty() {
        store::stays(call)?;
    }
    match (call.method.as_str(), pattern.as_str()) {
        ("GET", "") if !in_group => group::subscription(call),
        ("GET", "microsoft.resources/resourcegroups") => group::list(call),
        (_, "") => group::group(call),
        ("GET", "microsoft.resources/resources") => group::resources(call),
        ("GET", "microsoft.resources/locations") => group::locations(call),
        ("GET", "microsoft.network/publicipaddresses" | "microsoft.network/networkinterfaces") => store::list(call),
        ("GET", "microsoft.resources/operationresults/*") => lro::result(call),
        ("GET", p) if p.ends_with("/locations/*/operations/*") => lro::status(call),
        ("GET", p) if p.ends_with("/locations/*/operationresults/*") => lro::result(call),
        (_, "microsoft.resources/tags/default" | "microsoft.resources/tags/*") => tags::tags(call),
        (_, p) if p.starts_with("microsoft.authorization/roleassignments") => role_assignment::route(call, p),
        (_, p) if p.starts_with("microsoft.authorization/roledefinitions") => role_definition::route(call, p),
        (_, p) if p.starts_with("microsoft.authorization/locks") => lock::route(call, p),
        (_, p) if p.starts_with(budget::KIND) && in_group => budget::route(call, p),
        (_, p) if p.starts_with(schedule::KIND) && in_group => schedule::route(call, p),
        (_, p) if p.starts_with("microsoft.costmanagement/") && in_group => cost::route(call, p),
        (_, p) if p.starts_with("microsoft.keyvault/") => vault::route(call, p),
        // Everything else is a resource of a group, not one on top of another.
        _ if call.target.level == Level::Resource => Err(call.unknown()),
        (_, p) if p.starts_with("microsoft.resources/deployments") && in_group => deployment::route(call, p),
        (_, p) if p.starts_with("microsoft.compute/") => compute::route(call, p),
        (_, p) if p.starts_with("microsoft.network/") && in_group => network::route(call, p),
        (_, p) if p.starts_with("microsoft.managedidentity/") => identity::route(call, p),
        _ => Err(call.unknown()),
    }
}

/// Whether a template may hold a resource of this type.
pub fn is_deployable(kind: &str) -> bool {
    const KINDS: [&str; 13] = [
        "microsoft.authorization/locks",
        "microsoft.authorization/roleassignments",
        "microsoft.compute/virtualmachines",
        "microsoft.compute/virtualmachines/extensions",
        "microsoft.compute/virtualmachinescalesets",
        "microsoft.keyvault/vaults",
        "microsoft.managedidentity/userassignedidentities",
        "microsoft.network/networkinterfaces",
        "microsoft.network/networksecuritygroups",
        "microsoft.network/networksecuritygroups/securityrules",
        "microsoft.network/publicipaddresses",
        "microsoft.network/virtualnetworks",
        "microsoft.network/virtualnetworks/subnets",
    ];
    KINDS.contains(&kind.to_ascii_lowercase().as_str())
}

/// For the template's type of an unknown resource.
pub fn unknown_kind(kind: &str) -> ArmError {
    ArmError::unknown("PUT", &format!("/…/providers/{kind}"))
}
