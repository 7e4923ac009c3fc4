//! List prices of one region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{amount::Amount, micros::Micros};

/// Hours that a month is billed as.
const HOURS: i64 = 730;

/// List prices of one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// E.g. `USD`.
    pub currency: String,
    /// An hour of a VM, by its size. A size that is missing has no known price.
    pub machine_hour: BTreeMap<String, Micros>,
    /// A month of the 30 GB disk.
    pub disk_month: Option<Micros>,
    /// An hour of a static public address.
    pub address_hour: Option<Micros>,
}

impl Prices {
    /// Nothing has a price.
    pub fn is_empty(&self) -> bool {
        self.machine_hour.is_empty() && self.disk_month.is_none() && self.address_hour.is_none()
    }

    /// Everything that machines of these sizes cost.
    pub fn cover(&self, sizes: &[String]) -> bool {
        self.disk_month.is_some() && self.address_hour.is_some() && sizes.iter().all(|s| self.hour(s).is_some())
    }

    /// Of what machines of these sizes cost, what has no price here.
    pub fn lack(&self, sizes: &[String]) -> Vec<String> {
        let sizes = sizes.iter().filter(|size| self.hour(size).is_none()).cloned();
        let parts = [("disks", self.disk_month), ("public addresses", self.address_hour)];
        sizes.chain(parts.iter().filter(|(_, price)| price.is_none()).map(|(part, _)| (*part).to_owned())).collect()
    }

    /// An hour of a size.
    pub fn hour(&self, size: &str) -> Option<Micros> {
        let found = self.machine_hour.iter().find(|(name, _)| name.eq_ignore_ascii_case(size));
        found.map(|(_, hour)| *hour)
    }

    /// An hour of what a machine costs even while it is off, in micro-units.
    pub(super) fn parts_hour(&self) -> Option<f64> {
        Some(self.disk_month?.0 as f64 / HOURS as f64 + self.address_hour?.0 as f64)
    }

    /// A month of a machine that runs.
    pub(super) fn running(&self, size: &str) -> Amount {
        Amount::priced(self.hour(size), HOURS, if size.is_empty() { "a machine of unknown size" } else { size })
    }

    /// What a machine costs a month even while it is off.
    pub(super) fn parts(&self) -> Amount {
        self.disks(1) + Amount::priced(self.address_hour, HOURS, "public addresses")
    }

    pub(super) fn disks(&self, count: i64) -> Amount {
        Amount::priced(self.disk_month, count, "disks")
    }
}
