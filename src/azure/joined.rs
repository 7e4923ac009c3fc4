//! The fresh list for a look at everything: VMs as they are now, and their addresses from one Resource Graph query in
//! place of two more lists with their pages. A thousand machines are six requests so.

use std::collections::HashMap;

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

/// The index is some seconds behind: where it lacks one machine, or has one that was made anew since, the addresses
/// are listed.
pub async fn read(arm: &Arm, names: &Names) -> Result<Seen<Vec<Instance>>, AzureError> {
    let (machines, index) = tokio::join!(list(arm, names), first_paint::machines(arm, names));
    let machines = machines?;
    let key = |id: &str| id.to_ascii_lowercase();
    let interfaces =
        machines.value.iter().filter_map(|m| Some((key(m.id.as_deref()?), first_interface(m)?.to_owned())));
    let interfaces: HashMap<String, String> = interfaces.collect();
    let mut machines = join(machines, &Addresses::default());
    let index = index.map(|seen| seen.value).unwrap_or_default();
    let index: HashMap<String, Instance> = index.into_iter().map(|i| (key(&i.id), i)).collect();
    let is_known = |machine: &Instance| index.get(&key(&machine.id)).is_some_and(|row| is_of(row, machine));
    let listed = match machines.value.iter().all(is_known) {
        true => None,
        false => Some(addresses::read(arm, names).await?),
    };
    for machine in &mut machines.value {
        let id = key(&machine.id);
        machine.public_ip = match &listed {
            None => index.get(&id).and_then(|row| row.public_ip.clone()),
            Some(listed) => interfaces.get(&id).and_then(|nic| listed.of_interface(nic)).map(str::to_owned),
        };
    }
    Ok(machines)
}

/// Whether the row tells the address of this very machine. One that is off may have none.
fn is_of(row: &Instance, machine: &Instance) -> bool {
    let made = |i: &Instance| i.created.map(|at| at.unix_timestamp());
    let is_off = matches!(machine.power.value, PowerState::Deallocated | PowerState::Deallocating);
    made(row) == made(machine) && (row.public_ip.is_some() || is_off)
}
