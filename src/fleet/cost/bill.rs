//! The bill while a plan's steps are carried out one by one.

use std::collections::{HashMap, HashSet};

use super::{
    amount::{Amount, Unknown},
    prices::Prices,
};
use crate::fleet::{
    instance::{Instance, PowerState},
    names::Names,
    observed::Observed,
    step::Action,
};

struct Machine {
    size: String,
    is_on: bool,
    keeps_disk: bool,
}

pub struct Bill<'a> {
    prices: &'a Prices,
    /// By lower-cased name.
    machines: HashMap<String, Machine>,
    /// `None` while it is not known which machines there are.
    sum: Option<Amount>,
}

impl<'a> Bill<'a> {
    /// Machines whose power state is unknown count as running.
    pub fn of(observed: &Observed, prices: &'a Prices) -> Self {
        let group_absent = observed.group.as_ref().is_some_and(|group| !group.value);
        let Some(seen) = observed.instances.as_ref().map(|seen| seen.value.as_slice()).or(group_absent.then_some(&[]))
        else {
            return Self { prices, machines: HashMap::new(), sum: None };
        };
        let machines = seen.iter().map(|i| {
            let is_off = matches!(i.power.value, PowerState::Deallocated | PowerState::Deallocating);
            (i.name.to_ascii_lowercase(), Machine { size: i.vm_size.clone(), is_on: !is_off, keeps_disk: false })
        });
        let mut bill = Self { prices, machines: machines.collect(), sum: None };
        let kept = match (&observed.resources, group_absent) {
            (Some(_), _) | (None, true) => prices.disks(kept_disks(observed, seen)),
            (None, false) => Amount::unknown(Unknown::Count("kept disks")),
        };
        bill.sum = Some(bill.machines.values().map(|machine| bill.price(machine)).sum::<Amount>() + kept);
        bill
    }

    pub fn sum(&self) -> Option<&Amount> {
        self.sum.as_ref()
    }

    fn price(&self, machine: &Machine) -> Amount {
        let hours = if machine.is_on { self.prices.running(&machine.size) } else { Amount::default() };
        hours + self.prices.parts()
    }

    /// What the action adds; `None` where that is not known at all.
    pub fn act(&mut self, action: &Action) -> Option<Amount> {
        if matches!(action, Action::DeleteGroup) {
            self.machines.clear();
            let gone = self.sum.replace(Amount::default())?;
            return Some(Amount::default() - gone);
        }
        let delta = self.change(action)?;
        self.sum = self.sum.take().map(|sum| sum + delta.clone());
        Some(delta)
    }

    fn change(&mut self, action: &Action) -> Option<Amount> {
        match action {
            Action::CreateMachine { machine, vm_size, disk, .. } => {
                let key = machine.to_ascii_lowercase();
                // One that is there already is only finished.
                if self.machines.contains_key(&key) {
                    return Some(Amount::default());
                }
                let made = Machine { size: vm_size.clone(), is_on: true, keeps_disk: false };
                let price = self.price(&made) - self.prices.disks(i64::from(disk.is_some()));
                self.machines.insert(key, made);
                Some(price)
            }
            Action::Start { machine } => self.switch(machine, true),
            Action::Deallocate { machine, .. } => self.switch(machine, false),
            Action::KeepDisk { machine } => {
                if let Some(machine) = self.machines.get_mut(&machine.to_ascii_lowercase()) {
                    machine.keeps_disk = true;
                }
                Some(Amount::default())
            }
            Action::DeleteMachine { machine } => {
                let Some(gone) = self.machines.remove(&machine.to_ascii_lowercase()) else { return self.nobody() };
                Some(self.prices.disks(i64::from(gone.keeps_disk)) - self.price(&gone))
            }
            _ => Some(Amount::default()),
        }
    }

    fn switch(&mut self, machine: &str, on: bool) -> Option<Amount> {
        let Some(machine) = self.machines.get_mut(&machine.to_ascii_lowercase()) else { return self.nobody() };
        let was = std::mem::replace(&mut machine.is_on, on);
        let hours = self.prices.running(&machine.size);
        Some(match (was, on) {
            (false, true) => hours,
            (true, false) => Amount::default() - hours,
            _ => Amount::default(),
        })
    }

    /// A machine that is not there costs nothing, if it is known which ones are.
    fn nobody(&self) -> Option<Amount> {
        self.sum.is_some().then(Amount::default)
    }
}

fn kept_disks(observed: &Observed, instances: &[Instance]) -> i64 {
    let used: HashSet<String> = instances.iter().map(|i| Names::part(&i.name, "disk").to_ascii_lowercase()).collect();
    let disks = observed.resources.iter().flat_map(|seen| &seen.value).filter(|r| r.kind == "microsoft.compute/disks");
    i64::try_from(disks.filter(|d| !used.contains(&d.name.to_ascii_lowercase())).count()).unwrap_or(i64::MAX)
}
