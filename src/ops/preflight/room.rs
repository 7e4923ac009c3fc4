//! Whether there is room: sizes, cores, addresses, roles, and the image.

use std::collections::BTreeMap;

use super::{Look, unseen};
use crate::{
    azure::Environment,
    fleet::preflight::{self, Check},
};

/// Azure's names for its counts.
const CORES: &str = "cores";
const ADDRESSES: [&str; 2] = ["IPv4StandardSkuPublicIpAddresses", "StandardPublicIPAddresses"];
/// A machine's: the member's two roles at it, its identity's at its secret.
const ROLES_EACH: u64 = 3;

impl Look<'_> {
    /// Sizes, cores and addresses.
    pub(super) async fn room(&self) -> Vec<Check> {
        let cloud = self.session.cloud().preflight(self.names());
        let (sizes, quotas) = match tokio::join!(cloud.sizes(), cloud.quotas()) {
            (Ok(sizes), Ok(quotas)) => (sizes, quotas),
            (Err(error), _) | (_, Err(error)) => return unseen("quota", &error),
        };
        let mut checks = Vec::new();
        let (mut cores, mut families) = (0, BTreeMap::<String, u64>::new());
        for (name, count) in &self.new.sizes {
            let offered = sizes.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, size)| size);
            let location = &self.names().location;
            let Some(size) = offered else {
                let remedy = "choose another vmSize or location in team.json";
                checks.push(Check::stops("size", format!("{name} is not offered in {location}"), remedy));
                continue;
            };
            checks.push(match &size.restriction {
                Some(reason) => Check::stops(
                    "size",
                    format!("{name} is not available to you in {location} ({reason})"),
                    "choose another vmSize or location, or ask for access (portal: Quotas)",
                ),
                None => Check::ok("size", format!("{name} is offered in {location}")),
            });
            cores += size.cores * count;
            *families.entry(size.family.clone()).or_default() += size.cores * count;
        }
        let of = |name: &str| quotas.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, quota)| quota);
        checks.extend(of(CORES).map(|quota| preflight::quota(quota, cores)));
        checks.extend(families.iter().filter_map(|(family, cores)| Some(preflight::quota(of(family)?, *cores))));
        let addresses = ADDRESSES.iter().find_map(|name| of(name));
        checks.extend(addresses.map(|quota| preflight::quota(quota, self.new.people.len() as u64)));
        checks
    }

    pub(super) async fn image(&self) -> Vec<Check> {
        let location = &self.names().location;
        vec![match self.session.cloud().preflight(self.names()).has_image().await {
            Ok(true) => Check::ok("image", format!("Ubuntu 24.04 is offered in {location}")),
            Ok(false) => {
                Check::stops("image", format!("Ubuntu 24.04 is not offered in {location}"), "choose another location")
            }
            Err(error) => return unseen("image", &error),
        }]
    }

    pub(super) async fn roles(&self) -> Vec<Check> {
        // azure.md §4.
        let limit = if self.session.cloud().environment() == Environment::Public { 4000 } else { 2000 };
        let more = self.new.people.len() as u64 * ROLES_EACH + 2;
        match self.session.cloud().preflight(self.names()).assignments().await {
            Ok(used) => vec![preflight::assignments(used, limit, more)],
            Err(error) => unseen("roles", &error),
        }
    }
}
