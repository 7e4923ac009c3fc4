//! What a plan changes in the monthly bill. Pure; amounts are list prices in micro-units of a currency.

mod amount;
mod bill;
mod micros;
mod plan_cost;
mod prices;
#[cfg(test)]
mod tests;

pub use micros::Micros;
pub use plan_cost::{Cost, PlanCost, Stale, of_plan};
pub use prices::Prices;
