//! `cost`: what each machine has cost so far, as estimated from its hours and as billed.

mod actual;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use time::OffsetDateTime;

use super::{OpsError, Session, history, prices};
use crate::fleet::{
    cost::{Costs, Micros, Prices, Spent, Stale, Window, of_machine},
    instance::{Instance, PowerState},
    names::Names,
    seen::Seen,
};
pub use actual::Actual;

/// Everything that `claw cost` shows. Estimates are in millionths of `currency`, actual cost in its own.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Of the estimates; `None` without prices.
    pub currency: Option<String>,
    pub prices: PriceNote,
    /// Sizes that machines have, and parts, without a price in the list.
    pub unpriced: Vec<String>,
    pub machines: Vec<Line>,
    pub total: Costs,
    pub budget: Budget,
    pub actual: Actual,
}

/// Where the estimates' prices come from, or why there are none.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum PriceNote {
    Known {
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        source: String,
        stale: Option<Stale>,
    },
    Unknown {
        why: String,
    },
}

#[derive(Clone, Debug, Serialize)]
pub struct Line {
    pub machine: String,
    pub member: Option<String>,
    pub email: Option<String>,
    pub size: String,
    /// `None`: it is gone.
    pub power: Option<PowerState>,
    pub today: Spent,
    pub month: Spent,
    /// Billed this month so far; `None` where nothing is known of it.
    pub actual: Option<Micros>,
}

/// A month's budget, in whole units of the billing currency.
#[derive(Clone, Debug, Serialize)]
pub struct Budget {
    pub amount: u32,
    /// As team.json says.
    pub per_machine: u32,
    /// Azure has it, and alerts; otherwise it is team.json's for the machines that are there.
    pub in_azure: bool,
    /// The month's estimate in percent of it.
    pub used_at_least: Option<f64>,
    pub used_at_most: Option<f64>,
}

/// `refresh`: the prices are read anew first.
pub async fn cost(session: &Session, refresh: bool) -> Result<Report, OpsError> {
    let (names, team, machines) = session.machines().await?;
    let sizes = sizes(&machines.value);
    let known = async {
        match refresh {
            true => prices::refresh(session, &names, &sizes).await.map(Ok),
            false => Ok(prices::prices(session, &names, &sizes).await),
        }
    };
    let (known, actual, budget) =
        tokio::join!(known, actual::read(session, &names, &machines.value), session.cloud().budget(&names));
    let (list, prices) = match known? {
        Ok(prices::Known { prices, stale, at, source }) => (Some(prices), PriceNote::Known { at, source, stale }),
        Err(why) => (None, PriceNote::Unknown { why }),
    };
    let unpriced = list.as_ref().map(|list| list.lack(&sizes)).unwrap_or_default();
    let lines = lines(session, &names, &machines, list.as_ref(), &actual);
    let sum = |of: fn(&Line) -> Spent| lines.iter().map(of).fold(Spent::nothing(), |a, b| a + b);
    let total = Costs { today: sum(|l| l.today), month: sum(|l| l.month) };
    let per_machine = team.fleet.budget_per_machine;
    let set = budget.ok().flatten();
    let there = u32::try_from(machines.value.len()).unwrap_or(u32::MAX);
    let amount = set.unwrap_or(per_machine.saturating_mul(there));
    let used = |spent: Option<Micros>| Some(spent?.0 as f64 / 1e4 / f64::from(amount)).filter(|_| amount > 0);
    let budget = Budget {
        amount,
        per_machine,
        in_azure: set.is_some(),
        used_at_least: used(total.month.at_least),
        used_at_most: used(total.month.at_most),
    };
    let (at, currency) = (machines.at, list.map(|l| l.currency));
    Ok(Report { at, currency, prices, unpriced, machines: lines, total, budget, actual })
}

/// The sizes that there are, each once.
pub(super) fn sizes(machines: &[Instance]) -> Vec<String> {
    let sizes: BTreeSet<_> = machines.iter().map(|i| i.vm_size.clone()).filter(|size| !size.is_empty()).collect();
    sizes.into_iter().collect()
}

/// What every machine that was seen this month has cost.
pub(super) fn spent(
    session: &Session,
    names: &Names,
    machines: &Seen<Vec<Instance>>,
    prices: Option<&Prices>,
) -> BTreeMap<String, Costs> {
    let history = history::of_month(&session.settings().data, names, machines.at);
    let (today, month) = (Window::today(machines.at), Window::month(machines.at));
    let there: BTreeMap<&String, &Instance> = machines.value.iter().map(|i| (&i.name, i)).collect();
    let all: BTreeSet<&String> = there.keys().copied().chain(history.machines()).collect();
    let costs = all.into_iter().map(|name| {
        let instance = there.get(name);
        let size = instance.map_or("", |i| i.vm_size.as_str());
        let created = instance.and_then(|i| i.created);
        let of = |window| of_machine(history.spans(name), size, created, instance.is_some(), window, prices);
        (name.clone(), Costs { today: of(today), month: of(month) })
    });
    costs.collect()
}

fn lines(
    session: &Session,
    names: &Names,
    machines: &Seen<Vec<Instance>>,
    prices: Option<&Prices>,
    actual: &Actual,
) -> Vec<Line> {
    let costs = spent(session, names, machines, prices);
    let line = |(machine, costs): (String, Costs)| {
        let instance = machines.value.iter().find(|i| i.name == machine);
        Line {
            member: instance.and_then(|i| i.slug.as_ref()).map(ToString::to_string),
            email: instance.and_then(|i| i.email.clone()),
            size: instance.map(|i| i.vm_size.clone()).unwrap_or_default(),
            power: instance.map(|i| i.power.value),
            today: costs.today,
            month: costs.month,
            actual: actual.of(&machine),
            machine,
        }
    };
    costs.into_iter().map(line).collect()
}
