//! What a plan changes in the monthly bill. Pure; amounts are list prices in micro-units of a currency.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    instance::{Instance, PowerState},
    names::Names,
    observed::Observed,
    step::{Action, Step, StepId},
};

/// Hours that a month is billed as.
const HOURS: i64 = 730;

/// An amount of money in millionths of a currency's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    /// From a price as the service writes it. Not a number, negative or absurd: none.
    pub fn from_price(price: f64) -> Option<Self> {
        (price.is_finite() && (0.0..1e9).contains(&price)).then(|| Self((price * 1e6).round() as i64))
    }
}

impl std::fmt::Display for Micros {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cents = (self.0.abs() + 5_000) / 10_000;
        let sign = if self.0 < 0 && cents > 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

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
    fn machine(&self, size: &str) -> Option<i64> {
        let found = self.machine_hour.iter().find(|(name, _)| name.eq_ignore_ascii_case(size));
        found.map(|(_, hour)| hour.0 * HOURS)
    }

    /// What a machine costs even while it is off.
    fn parts(&self) -> Option<i64> {
        Some(self.disk_month?.0 + self.address_hour?.0 * HOURS)
    }
}

/// The monthly bill before and after a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCost {
    pub currency: String,
    /// `None` where a price is not known.
    pub before: Option<Micros>,
    pub after: Option<Micros>,
    /// By step id: what the step adds or saves. A step that is missing changes nothing, or nobody knows what.
    pub steps: BTreeMap<String, Micros>,
    /// Sizes without a known price.
    pub unknown: Vec<String>,
}

impl PlanCost {
    /// What a step adds or saves, e.g. `+35.55 USD/month`.
    pub fn of(&self, step: &StepId) -> Option<String> {
        let delta = self.steps.get(&step.0)?;
        let plus = if delta.0 > 0 { "+" } else { "" };
        Some(format!("{plus}{delta} {}/month", self.currency))
    }

    /// The whole bill before and after, in one line.
    pub fn summary(&self) -> String {
        let word = |amount: Option<Micros>| amount.map_or_else(|| "unknown".to_owned(), |a| a.to_string());
        let (before, after) = (word(self.before), word(self.after));
        let change = if before == after { before } else { format!("{before} → {after}") };
        let unknown = match self.unknown.as_slice() {
            [] => String::new(),
            sizes => format!(", no price known for {}", sizes.join(", ")),
        };
        format!("cost per month: {change} {} (list prices, machines on all month{unknown})", self.currency)
    }
}

/// Prices every step. Machines whose power state is unknown count as running.
pub fn of_plan(steps: &[Step], observed: &Observed, prices: &Prices) -> PlanCost {
    let instances: Vec<&Instance> = observed.instances.iter().flat_map(|seen| &seen.value).collect();
    let mut cost = PlanCost { currency: prices.currency.clone(), ..PlanCost::default() };
    let mut sizes: Vec<&str> = instances.iter().map(|i| i.vm_size.as_str()).collect();
    sizes.extend(steps.iter().filter_map(|s| match &s.action {
        Action::CreateMachine { vm_size, .. } => Some(vm_size.as_str()),
        _ => None,
    }));
    sizes.sort_unstable();
    sizes.dedup();
    cost.unknown = sizes.iter().filter(|s| prices.machine(s).is_none()).map(|s| (*s).to_owned()).collect();
    let kept = kept_disks(observed, &instances) * prices.disk_month.unwrap_or_default().0;
    let machines: Option<i64> = instances.iter().map(|i| now(i, prices)).sum();
    cost.before = machines.map(|sum| Micros(sum + kept));
    let mut change = Some(0);
    for step in steps {
        let Some(delta) = delta(step, steps, &instances, cost.before, prices) else { continue };
        change = change.zip(delta).map(|(sum, delta)| sum + delta);
        if let Some(delta) = delta.filter(|d| *d != 0) {
            cost.steps.insert(step.id.0.clone(), Micros(delta));
        }
    }
    cost.after = cost.before.zip(change).map(|(before, change)| Micros(before.0 + change));
    cost
}

fn is_off(instance: &Instance) -> bool {
    matches!(instance.power.value, PowerState::Deallocated | PowerState::Deallocating)
}

fn now(instance: &Instance, prices: &Prices) -> Option<i64> {
    let hours = if is_off(instance) { Some(0) } else { prices.machine(&instance.vm_size) };
    Some(hours? + prices.parts()?)
}

fn kept_disks(observed: &Observed, instances: &[&Instance]) -> i64 {
    let disks = observed.resources.iter().flat_map(|seen| &seen.value).filter(|r| r.kind == "microsoft.compute/disks");
    let free = disks.filter(|d| !instances.iter().any(|i| d.name.eq_ignore_ascii_case(&Names::part(&i.name, "disk"))));
    i64::try_from(free.count()).unwrap_or(i64::MAX)
}

/// Outer `None`: the step costs nothing. Inner `None`: nobody knows.
fn delta(
    step: &Step,
    steps: &[Step],
    instances: &[&Instance],
    before: Option<Micros>,
    prices: &Prices,
) -> Option<Option<i64>> {
    let find = |name: &str| instances.iter().find(|i| i.name == name);
    let disk = prices.disk_month.map(|month| month.0);
    Some(match &step.action {
        Action::CreateMachine { machine, .. } if find(machine).is_some() => return None,
        Action::CreateMachine { vm_size, disk: kept, .. } => {
            let all = prices.machine(vm_size).zip(prices.parts()).map(|(hours, parts)| hours + parts);
            all.zip(disk).map(|(all, disk)| if kept.is_some() { all - disk } else { all })
        }
        Action::Start { machine } => find(machine).filter(|i| is_off(i)).map(|i| prices.machine(&i.vm_size))?,
        Action::Deallocate { machine, .. } => {
            find(machine).filter(|i| !is_off(i)).map(|i| prices.machine(&i.vm_size).map(|hours| -hours))?
        }
        Action::DeleteMachine { machine } => {
            let keeps = steps.iter().any(|s| matches!(&s.action, Action::KeepDisk { machine: m } if m == machine));
            let all = now(find(machine)?, prices);
            all.zip(disk).map(|(all, disk)| if keeps { disk - all } else { -all })
        }
        Action::DeleteGroup => before.map(|before| -before.0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{person::ObjectId, seen::Seen, step::Risk};

    fn prices() -> Prices {
        Prices {
            currency: "USD".into(),
            machine_hour: BTreeMap::from([("Standard_B2s".to_owned(), Micros(41_600))]),
            disk_month: Some(Micros(1_536_000)),
            address_hour: Some(Micros(5_000)),
        }
    }

    fn instance(name: &str, power: PowerState) -> Instance {
        let empty = serde_json::json!({"name": name, "id": name, "vm_size": "standard_b2s", "provisioning": "",
            "created": null, "power": {"value": power, "at": "1970-01-01T00:00:00Z"}, "tags": {}});
        serde_json::from_value(empty).unwrap()
    }

    fn step(id: &str, action: Action) -> Step {
        let id = StepId(id.into());
        Step { id, action, risk: Risk::Safe, target: String::new(), description: String::new(), after: Vec::new() }
    }

    fn create(size: &str, disk: Option<&str>) -> Action {
        Action::CreateMachine {
            machine: "claw-new".into(),
            slug: super::super::names::Slug::from_text("new").unwrap(),
            email: "new@x.org".into(),
            member: ObjectId::new("o"),
            vm_size: size.into(),
            disk: disk.map(str::to_owned),
        }
    }

    fn world(instances: Vec<Instance>) -> Observed {
        let at = time::OffsetDateTime::UNIX_EPOCH;
        Observed { instances: Some(Seen::new(instances, at)), ..Observed::default() }
    }

    #[test]
    fn running_and_stopped_machines_new_ones_and_gone_ones() {
        let on = instance("claw-on", PowerState::Running);
        let off = instance("claw-off", PowerState::Deallocated);
        let steps = [
            step("create", create("Standard_B2s", None)),
            step("stop", Action::Deallocate { machine: "claw-on".into(), reason: String::new() }),
            step("delete", Action::DeleteMachine { machine: "claw-off".into() }),
        ];
        let cost = of_plan(&steps, &world(vec![on, off]), &prices());
        // 730 h at 0.0416 is 30.368; disk and address are 1.536 + 3.65.
        assert_eq!(cost.before, Some(Micros(30_368_000 + 2 * 5_186_000)));
        assert_eq!(cost.steps["create"], Micros(35_554_000));
        assert_eq!(cost.steps["stop"], Micros(-30_368_000));
        assert_eq!(cost.steps["delete"], Micros(-5_186_000));
        assert_eq!(cost.after, Some(Micros(40_740_000)));
        assert_eq!(cost.after.unwrap().to_string(), "40.74");
    }

    #[test]
    fn a_price_that_nobody_knows_is_unknown_and_not_nothing() {
        let steps = [step("create", create("Standard_X9", None))];
        let cost = of_plan(&steps, &world(Vec::new()), &prices());
        assert_eq!((cost.before, cost.after), (Some(Micros(0)), None));
        assert_eq!(cost.unknown, ["Standard_X9"]);
        let no_prices = of_plan(&steps, &world(vec![instance("claw-a", PowerState::Running)]), &Prices::default());
        assert_eq!((no_prices.before, no_prices.after), (None, None));
        assert_eq!(Micros::from_price(f64::NAN), None);
    }

    #[test]
    fn kept_disks_go_on_costing() {
        let steps = [
            step("keep", Action::KeepDisk { machine: "claw-on".into() }),
            step("delete", Action::DeleteMachine { machine: "claw-on".into() }),
        ];
        let cost = of_plan(&steps, &world(vec![instance("claw-on", PowerState::Running)]), &prices());
        assert_eq!(cost.after, Some(Micros(1_536_000)));
        let again = [step("create", create("Standard_B2s", Some("/disks/d")))];
        assert_eq!(of_plan(&again, &world(Vec::new()), &prices()).steps["create"], Micros(34_018_000));
    }
}
