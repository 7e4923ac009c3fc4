//! The fresh list for a look at everything: VMs as they are now, and their addresses from one Resource Graph query in
//! place of two more lists with their pages. A thousand machines are six requests so, and five where their addresses were
//! asked for a moment ago.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::{
    addresses::{self, Addresses},
    arm::Arm,
    error::AzureError,
    first_paint,
    inventory::{first_interface, join, list},
};
use crate::fleet::{
    instance::{Instance, PowerState},
    names::Names,
    seen::Seen,
};

/// The machines, and where their addresses come from.
#[derive(Debug)]
pub struct Joined {
    pub machines: Seen<Vec<Instance>>,
    /// When Azure was asked for the addresses: just now, or when the known ones were.
    pub addressed: OffsetDateTime,
}

/// `known`: machines whose addresses were asked for a moment ago. Where they lack one machine, or have one that was made
/// anew since, the index is asked; it is some seconds behind, and where it lacks one as well, the addresses are listed.
pub async fn read(arm: &Arm, names: &Names, known: Option<Seen<Vec<Instance>>>) -> Result<Joined, AzureError> {
    let index = async || first_paint::machines(arm, names).await.map(|seen| seen.value).unwrap_or_default();
    let known = known.filter(|seen| !seen.value.is_empty());
    let mut addressed = known.as_ref().map(|seen| seen.at);
    // With nothing known both are asked for at the same time.
    let (listed, rows) = match known {
        None => tokio::join!(list(arm, names), index()),
        Some(known) => (list(arm, names).await, known.value),
    };
    let listed = listed?;
    let interfaces = listed.value.iter().filter_map(|m| Some((key(m.id.as_deref()?), first_interface(m)?.to_owned())));
    let interfaces: HashMap<String, String> = interfaces.collect();
    let mut machines = join(listed, &Addresses::default());
    let mut is_complete = fill(&mut machines.value, rows);
    if !is_complete && addressed.take().is_some() {
        is_complete = fill(&mut machines.value, index().await);
    }
    if !is_complete {
        let listed = addresses::read(arm, names).await?;
        for machine in &mut machines.value {
            let interface = interfaces.get(&key(&machine.id));
            machine.public_ip = interface.and_then(|nic| listed.of_interface(nic)).map(str::to_owned);
        }
    }
    Ok(Joined { addressed: addressed.unwrap_or(machines.at), machines })
}

fn key(id: &str) -> String {
    id.to_ascii_lowercase()
}

/// Takes each machine's address from its row; false, and nothing is taken, where one has none.
fn fill(machines: &mut [Instance], rows: Vec<Instance>) -> bool {
    let mut rows: HashMap<String, Instance> = rows.into_iter().map(|row| (key(&row.id), row)).collect();
    if !machines.iter().all(|machine| rows.get(&key(&machine.id)).is_some_and(|row| is_of(row, machine))) {
        return false;
    }
    for machine in machines {
        machine.public_ip = rows.remove(&key(&machine.id)).and_then(|row| row.public_ip);
    }
    true
}

/// Whether the row tells the address of this very machine. One that is off may have none.
fn is_of(row: &Instance, machine: &Instance) -> bool {
    let made = |i: &Instance| i.created.map(|at| at.unix_timestamp());
    let is_off = matches!(machine.power.value, PowerState::Deallocated | PowerState::Deallocating);
    made(row) == made(machine) && (row.public_ip.is_some() || is_off)
}
