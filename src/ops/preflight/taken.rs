//! Names that the whole of Azure shares: the vault's and the machines'.

use std::collections::HashSet;

use futures::StreamExt;

use super::{Look, unseen};
use crate::{
    azure::preflight::VaultName,
    fleet::{instance::tag, person::ObjectId, preflight::Check},
    ops::bootstrap::dns_label,
};

/// DNS labels asked about at once.
const AT_ONCE: usize = 8;

impl Look<'_> {
    pub(super) async fn vault(&self) -> Vec<Check> {
        let (vault, has) = (self.names().vault(), self.names().vault_id());
        let there = self.planned.observed.resources.iter().flat_map(|seen| &seen.value);
        if there.into_iter().any(|r| r.id.eq_ignore_ascii_case(&has)) {
            return vec![Check::ok("vault", format!("{vault} is there"))];
        }
        vec![match self.session.cloud().preflight(self.names()).vault_name().await {
            Ok(VaultName::Free) => Check::ok("vault", format!("the name {vault} is free")),
            Ok(VaultName::Deleted(day)) => Check::warning(
                "vault",
                format!("{vault} was deleted {} and still holds its name", day.split('T').next().unwrap_or_default()),
                "up recovers it with its secrets; to begin anew: az keyvault purge -n NAME",
            ),
            Ok(VaultName::Taken(reason)) => Check::stops(
                "vault",
                format!("the name {vault} is taken: {reason}"),
                "take another group: its name makes the vault's",
            ),
            Err(error) => return unseen("vault", &error),
        }]
    }

    pub(super) async fn labels(&self) -> Vec<Check> {
        let (desired, seen) = (&self.planned.desired, self.planned.observed.machines());
        let people = desired.members.iter().filter_map(|m| m.resolution.person());
        // Theirs may be at an address of theirs already, which their machine is then made with.
        let there = self.planned.observed.resources.iter().flat_map(|seen| &seen.value);
        let owners =
            there.filter(|r| r.kind == "microsoft.network/publicipaddresses").filter_map(|r| r.tags.get(tag::MEMBER));
        let have: HashSet<ObjectId> = owners.map(|owner| ObjectId::new(owner)).collect();
        let is_asked = |id: &ObjectId| self.new.people.contains(id) && !have.contains(id);
        let new = people.filter(|person| is_asked(&person.object_id));
        let labels: Vec<String> = new.map(|person| dns_label(self.names(), person, seen)).collect();
        let count = labels.len();
        let ask = |label: String| async move {
            (self.session.cloud().preflight(self.names()).is_label_free(&label).await, label)
        };
        let asked: Vec<_> = futures::stream::iter(labels).map(ask).buffered(AT_ONCE).collect().await;
        let mut taken = Vec::new();
        for (answer, label) in asked {
            match answer {
                Ok(true) => {}
                Ok(false) => taken.push(label),
                Err(error) => return unseen("names", &error),
            }
        }
        vec![match taken.as_slice() {
            [] => Check::ok("names", format!("{count} DNS labels are free")),
            labels => Check::stops(
                "names",
                format!("DNS labels that are taken: {}", labels.join(", ")),
                "an address that is left over has it: az network public-ip list; delete the one that nobody needs",
            ),
        }]
    }
}
