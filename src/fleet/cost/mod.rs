//! What a plan changes in the monthly bill, and what machines have cost. Pure; amounts are list prices in micro-units
//! of a currency.

mod amount;
mod bill;
#[cfg(test)]
mod clock_tests;
pub mod history;
mod micros;
mod plan_cost;
mod prices;
mod spent;
#[cfg(test)]
mod spent_tests;
#[cfg(test)]
mod tests;

pub use micros::Micros;
pub use plan_cost::{BUDGET_REMEDY, Cost, PlanCost, Stale, of_plan, over_budget};
pub use prices::Prices;
pub use spent::{Costs, Spent, Window, of_machine};
