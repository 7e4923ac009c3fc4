//! What claw did not make, beside its fleet and in the midst of it: it stays as it is.

use claw::sim::world::{Resource, RoleAssignment, State};
use serde_json::{Value, json};

use super::{GROUP, VM, fleet};
use crate::team::object_id;

/// Of so many seeds one has something foreign in the fleet's own group: there `claw down` is refused from then on.
const AMONG: u64 = 3;
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";

pub struct Foreign {
    resources: Vec<Resource>,
    assignment: RoleAssignment,
    /// What is still to come, once the fleet's group is there.
    among: Option<Resource>,
}

impl Foreign {
    /// A neighbour's group, with a machine that is called like a member's and says so.
    pub fn new(state: &mut State, seed: u64) -> Self {
        let group = format!("{}/resourceGroups/neighbours", state.account.subscription_scope());
        let location = json!({"location": "eastus2"});
        let tags = json!({"claw-member": object_id(1), "claw-slug": "bob", "claw-email": "bob@example.com"});
        let vm = json!({
            "location": "eastus2", "tags": tags,
            "properties": {"vmId": "11111111-1111-4111-8111-111111111111", "provisioningState": "Succeeded",
                "hardwareProfile": {"vmSize": "Standard_B2s"}, "storageProfile": {}, "networkProfile": {}},
        });
        let resources = vec![
            resource(&group, GROUP, "neighbours", location.clone()),
            resource(&format!("{group}/providers/Microsoft.Compute/virtualMachines/claw-bob"), VM, "claw-bob", vm),
        ];
        for resource in &resources {
            state.resources.insert(resource.id.to_ascii_lowercase(), resource.clone());
        }
        let assignment = RoleAssignment {
            id: format!("{group}/providers/Microsoft.Authorization/roleAssignments/{}", object_id(900)),
            scope: group.to_ascii_lowercase(),
            principal: object_id(0),
            principal_type: "User".into(),
            role: CONTRIBUTOR.into(),
            effective_at: time::OffsetDateTime::UNIX_EPOCH,
        };
        state.assignments.push(assignment.clone());
        let kind = "microsoft.storage/storageaccounts";
        let id = format!("{}providers/Microsoft.Storage/storageAccounts/theirs", fleet(state));
        let among = seed.is_multiple_of(AMONG).then(|| resource(&id, kind, "theirs", location));
        Self { resources, assignment, among }
    }

    pub fn assignment(&self) -> &str {
        &self.assignment.id
    }

    pub fn look(&mut self, state: &mut State) -> Result<(), String> {
        for theirs in &self.resources {
            if state.resources.get(&theirs.id.to_ascii_lowercase()).is_none_or(|now| now.body != theirs.body) {
                return Err(format!("{} is not claw's, and is not as it was", theirs.id));
            }
        }
        let is_there = |a: &RoleAssignment| a.id == self.assignment.id && a.principal == self.assignment.principal;
        if !state.assignments.iter().any(is_there) {
            return Err(format!("{} is not claw's, and is gone", self.assignment.id));
        }
        let group = state.resources.get(fleet(state).trim_end_matches('/'));
        let stands = group.is_some_and(|group| group.body["properties"]["provisioningState"] == "Succeeded");
        if let Some(theirs) = self.among.take_if(|_| stands) {
            state.resources.insert(theirs.id.to_ascii_lowercase(), theirs.clone());
            self.resources.push(theirs);
        }
        Ok(())
    }
}

pub fn resource(id: &str, kind: &str, name: &str, mut body: Value) -> Resource {
    body["id"] = json!(id);
    body["name"] = json!(name);
    body["type"] = json!(kind);
    if !body["properties"].is_object() {
        body["properties"] = json!({"provisioningState": "Succeeded"});
    }
    Resource { id: id.to_owned(), kind: kind.to_owned(), body }
}
