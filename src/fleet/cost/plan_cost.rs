//! The monthly bill before and after a plan, and the words for it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    amount::{Amount, Unknown},
    bill::Bill,
    micros::Micros,
    prices::Prices,
};
use crate::fleet::{
    observed::Observed,
    step::{Step, StepId},
};

/// What a plan costs, or why nobody can say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cost {
    Known(PlanCost),
    Unknown {
        /// A sentence's end, e.g. `the price list does not answer`.
        why: String,
    },
}

/// Prices that are older than they should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stale {
    /// Their age in whole days.
    pub days: i64,
    /// Why there are no newer ones.
    pub why: String,
}

/// The monthly bill before and after a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCost {
    pub currency: String,
    /// `None` where it is not known to the end.
    pub before: Option<Micros>,
    pub after: Option<Micros>,
    /// What is known of it; `None` where the machines could not be seen.
    pub before_at_least: Option<Micros>,
    pub after_at_least: Option<Micros>,
    /// By step id: what the step adds or saves, `None` where nobody knows. A step that is missing changes nothing.
    pub steps: BTreeMap<String, Option<Micros>>,
    /// Sizes and parts without a known price.
    pub unknown: Vec<String>,
    /// What Azure did not show, so that it is not in the sums.
    pub unseen: Vec<String>,
    pub stale: Option<Stale>,
    /// That a machine which is on all month costs more than its budget, in words.
    #[serde(default)]
    pub over_budget: Option<String>,
}

impl Cost {
    /// What a step adds or saves, e.g. `+35.55 USD/month`. Nothing for a step that changes nothing.
    pub fn of(&self, step: &StepId) -> Option<String> {
        let Self::Known(cost) = self else { return None };
        Some(match cost.steps.get(&step.0)? {
            Some(delta) => format!("{}{delta} {}/month", if delta.0 > 0 { "+" } else { "" }, cost.currency),
            None => "cost unknown".to_owned(),
        })
    }

    /// A budget that is too small for a machine that is always on.
    pub fn over_budget(&self) -> Option<String> {
        match self {
            Self::Known(cost) => cost.over_budget.as_ref().map(|finding| format!("budget: {finding}; {BUDGET_REMEDY}")),
            Self::Unknown { .. } => None,
        }
    }

    /// The whole bill before and after, in one line.
    pub fn summary(&self) -> String {
        match self {
            Self::Known(cost) => cost.summary(),
            Self::Unknown { why } => format!("cost unknown: {why}"),
        }
    }
}

impl PlanCost {
    fn summary(&self) -> String {
        if self.before_at_least.is_none() && self.after_at_least.is_none() {
            return format!("cost unknown: {} could not be seen", self.unseen.join(" and "));
        }
        let (before, after) = (word(self.before, self.before_at_least), word(self.after, self.after_at_least));
        let change = if before == after { before } else { format!("{before} → {after}") };
        let mut notes = Vec::new();
        if !self.unknown.is_empty() {
            notes.push(format!("no price known for {}", self.unknown.join(", ")));
        }
        if !self.unseen.is_empty() {
            notes.push(format!("{} could not be seen", self.unseen.join(" and ")));
        }
        if let Some(Stale { days, why }) = &self.stale {
            let age = match days {
                ..1 => "less than a day".to_owned(),
                1 => "1 day".to_owned(),
                days => format!("{days} days"),
            };
            notes.push(format!("the prices are {age} old: {why}"));
        }
        notes.push("list prices; what is on stays on all month".to_owned());
        format!("cost per month: {change} {} ({})", self.currency, notes.join(", "))
    }
}

fn word(exact: Option<Micros>, at_least: Option<Micros>) -> String {
    match (exact, at_least) {
        (Some(exact), _) => exact.to_string(),
        (None, Some(known)) => format!("at least {known}"),
        (None, None) => "unknown".to_owned(),
    }
}

/// What to do about a budget that is too small.
pub const BUDGET_REMEDY: &str = "machines that are stopped when nobody uses them cost less (claw idle); fleet.budgetPerMachine in team.json sets it";

/// Says of which sizes a machine costs more a month than a budget of whole units allows it.
pub fn over_budget(sizes: &[String], prices: &Prices, per_machine: u32) -> Option<String> {
    let month = |size: &String| (prices.running(size) + prices.parts()).exact();
    let dear = sizes.iter().filter_map(|size| Some((size, month(size)?)));
    let dear = dear.filter(|(_, cost)| per_machine > 0 && cost.0 > i64::from(per_machine) * 1_000_000);
    let dear: Vec<String> = dear.map(|(size, cost)| format!("a {size} costs {cost} {}", prices.currency)).collect();
    (!dear.is_empty()).then(|| {
        format!("on all month {}, more than the {per_machine} that the budget has for a machine", dear.join(", "))
    })
}

/// Prices every step, in the order in which they could run one by one.
pub fn of_plan(steps: &[Step], observed: &Observed, prices: &Prices) -> PlanCost {
    let mut cost = PlanCost { currency: prices.currency.clone(), ..PlanCost::default() };
    let mut gaps = BTreeSet::new();
    let mut bill = Bill::of(observed, prices);
    (cost.before, cost.before_at_least) = sums(bill.sum(), &mut gaps);
    for step in steps {
        let delta = bill.act(&step.action);
        gaps.extend(delta.iter().flat_map(Amount::unknowns).cloned());
        let exact = delta.as_ref().and_then(Amount::exact);
        if exact != Some(Micros(0)) {
            cost.steps.insert(step.id.0.clone(), exact);
        }
    }
    (cost.after, cost.after_at_least) = sums(bill.sum(), &mut gaps);
    for gap in gaps {
        match gap {
            Unknown::Price(what) => cost.unknown.push(what),
            Unknown::Count(what) => cost.unseen.push(what.to_owned()),
        }
    }
    cost
}

fn sums(sum: Option<&Amount>, gaps: &mut BTreeSet<Unknown>) -> (Option<Micros>, Option<Micros>) {
    match sum {
        Some(sum) => gaps.extend(sum.unknowns().cloned()),
        None => _ = gaps.insert(Unknown::Count("the machines")),
    }
    (sum.and_then(Amount::exact), sum.and_then(Amount::at_least))
}
