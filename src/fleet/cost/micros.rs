//! An amount of money.

use serde::{Deserialize, Serialize};

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
        let cents = self.0.unsigned_abs().saturating_add(5_000) / 10_000;
        let sign = if self.0 < 0 && cents > 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}
