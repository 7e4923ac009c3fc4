//! What Azure billed, asked at most once an hour: Cost Management is slow, and its figures change some times a day.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    azure::{AzureErrorKind, Billed},
    fleet::{cost::Micros, instance::Instance, names::Names},
    ops::Session,
};

const GOOD_FOR: time::Duration = time::Duration::HOUR;
const PATIENCE: Duration = Duration::from_secs(20);

/// The month so far as billed, or why it is not shown.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Actual {
    Known {
        #[serde(with = "time::serde::rfc3339")]
        read_at: OffsetDateTime,
        /// Empty where nothing was billed yet.
        currency: String,
        total: Micros,
        /// What belongs to no machine, such as the vault, or to one that is gone.
        shared: Micros,
        /// How far the figures are behind, in hours: usually, and at most.
        delay_hours: [u8; 2],
        /// By machine: VM, disk, network card and address.
        #[serde(skip)]
        machines: BTreeMap<String, Micros>,
    },
    Unknown {
        why: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(with = "time::serde::rfc3339")]
    read: OffsetDateTime,
    group: String,
    billed: Billed,
}

impl Actual {
    pub fn of(&self, machine: &str) -> Option<Micros> {
        match self {
            Self::Known { machines, .. } => machines.get(machine).copied(),
            Self::Unknown { .. } => None,
        }
    }
}

/// Never an error: whoever may not see it sees the estimate.
pub async fn read(session: &Session, names: &Names, machines: &[Instance]) -> Actual {
    let path = session.settings().data.join("actual-cost.json");
    let now = OffsetDateTime::now_utc();
    let group = names.group_id().to_lowercase();
    if let Some(kept) =
        kept(&path).filter(|k| k.group == group && (time::Duration::ZERO..GOOD_FOR).contains(&(now - k.read)))
    {
        return sort(kept.billed, kept.read, machines);
    }
    match tokio::time::timeout(PATIENCE, session.cloud().actual_cost(names)).await {
        Ok(Ok(billed)) => {
            let kept = Kept { read: now, group, billed };
            // Without it the next one asks again.
            let _ = serde_json::to_string(&kept).map(|text| std::fs::write(&path, text));
            sort(kept.billed, now, machines)
        }
        Ok(Err(error)) if error.kind == AzureErrorKind::Forbidden => {
            let role = "the role Cost Management Reader on the group shows it";
            Actual::Unknown { why: format!("you may not read it; {role}") }
        }
        Ok(Err(error)) => Actual::Unknown { why: format!("Cost Management could not be read: {}", error.message) },
        Err(_) => {
            Actual::Unknown { why: format!("Cost Management did not answer within {} seconds", PATIENCE.as_secs()) }
        }
    }
}

fn kept(path: &Path) -> Option<Kept> {
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

/// Who each resource belongs to, by its name.
fn sort(billed: Billed, read_at: OffsetDateTime, machines: &[Instance]) -> Actual {
    let owners = machines.iter().flat_map(|i| {
        let parts = ["disk", "nic", "ip"].map(|part| Names::part(&i.name, part).to_lowercase());
        parts.into_iter().chain([i.name.to_lowercase()]).map(|part| (part, i.name.clone()))
    });
    let owners: BTreeMap<String, String> = owners.collect();
    let (mut by, mut total, mut shared) = (BTreeMap::<String, Micros>::new(), Micros(0), Micros(0));
    for (id, amount) in &billed.resources {
        let owner = id.rsplit('/').next().and_then(|name| owners.get(name));
        let sum = owner.map_or(&mut shared, |owner| by.entry(owner.clone()).or_default());
        sum.0 = sum.0.saturating_add(amount.0);
        total.0 = total.0.saturating_add(amount.0);
    }
    Actual::Known { read_at, currency: billed.currency, total, shared, delay_hours: [8, 48], machines: by }
}
