//! Faults of the scenario that strike a VM's operation rather than a request.

use super::{error::ArmError, target::Target};
use crate::sim::{scenario::FaultKind, world::World};

/// Counts a request, from outside or from a template, and says whether the VM's allocation is to fail. Only those
/// that allocate count: PUT of a VM or of a deployment, and start.
pub fn strikes(world: &World, method: &str, path: &str) -> bool {
    let line = format!("{method} {} {path}", world.scenario.cloud.hosts().arm).to_ascii_lowercase();
    let pattern = Target::parse(path).map(|target| target.pattern()).unwrap_or_default();
    let allocates = matches!(
        (method, pattern.as_str()),
        ("PUT", "microsoft.compute/virtualmachines/*" | "microsoft.resources/deployments/*")
            | ("POST", "microsoft.compute/virtualmachines/*/start")
    );
    if !allocates {
        return false;
    }
    let mut is_struck = world.chaos.dooms(&line, FaultKind::AllocationFailed);
    for (number, fault) in world.scenario.faults.iter().enumerate() {
        if fault.kind != FaultKind::AllocationFailed || !line.contains(&fault.on.to_ascii_lowercase()) {
            continue;
        }
        let mut state = world.state();
        let seen = state.arm.fault_matches.entry(number).or_default();
        is_struck |= (fault.nth..fault.nth.saturating_add(fault.times)).contains(seen);
        *seen += 1;
    }
    is_struck
}

/// What the poll tells (azure.md §2.4).
pub fn allocation_failed() -> ArmError {
    ArmError::conflict(
        "AllocationFailed",
        "Allocation failed. We do not have sufficient capacity for the requested VM size in this region. Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance",
    )
}
