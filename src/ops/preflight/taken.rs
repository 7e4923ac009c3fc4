//! Names that the whole of Azure shares: the vault's and the machines'.

use futures::StreamExt;

use super::{Look, unseen};
use crate::{azure::preflight::VaultName, fleet::preflight::Check, ops::bootstrap::dns_label};

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
        let ask = |machine: &String| {
            let label = dns_label(self.names(), machine);
            async move { (self.session.cloud().preflight(self.names()).is_label_free(&label).await, label) }
        };
        let asked: Vec<_> = futures::stream::iter(&self.new.machines).map(ask).buffered(AT_ONCE).collect().await;
        let mut taken = Vec::new();
        for (answer, label) in asked {
            match answer {
                Ok(true) => {}
                Ok(false) => taken.push(label),
                Err(error) => return unseen("names", &error),
            }
        }
        vec![match taken.as_slice() {
            [] => Check::ok("names", format!("{} DNS labels are free", self.new.machines.len())),
            labels => Check::stops(
                "names",
                format!("DNS labels that are taken: {}", labels.join(", ")),
                "somebody's address has it: az network public-ip list; give the member another `name`",
            ),
        }]
    }
}
