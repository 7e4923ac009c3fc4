//! What machines have cost so far, as an estimate: hours that were seen, at list prices.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{
    history::{Billed, Span},
    micros::Micros,
    prices::Prices,
};

/// From `from` until `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: OffsetDateTime,
    pub to: OffsetDateTime,
}

impl Window {
    /// Since midnight UTC, by which Azure bills.
    pub fn today(now: OffsetDateTime) -> Self {
        Self { from: now.to_offset(time::UtcOffset::UTC).replace_time(time::Time::MIDNIGHT), to: now }
    }

    pub fn month(now: OffsetDateTime) -> Self {
        let today = Self::today(now);
        Self { from: today.from.replace_day(1).unwrap_or(today.from), to: now }
    }
}

/// One machine over one window. Estimates are in micro-units, `None` where a price is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Hours that are billed, as seen.
    pub on_hours: f64,
    pub off_hours: f64,
    /// Hours in which the machine was there and nobody looked.
    pub unknown_hours: f64,
    /// Estimate, taking the machine for off in the unknown hours.
    pub at_least: Option<Micros>,
    /// The same, taking it for on.
    pub at_most: Option<Micros>,
    /// Estimate: what the hours that it was seen off would have cost.
    pub saved: Option<Micros>,
}

/// Counts a machine's hours. `size` holds where nobody saw another; `created` `None`: since it was first seen;
/// `is_there`: it was just seen at the window's end.
pub fn of_machine(
    spans: &[Span],
    size: &str,
    created: Option<OffsetDateTime>,
    is_there: bool,
    window: Window,
    prices: Option<&Prices>,
) -> Spent {
    let inside = |from: OffsetDateTime, to: OffsetDateTime| {
        (to.min(window.to) - from.max(window.from)).max(Duration::ZERO).as_seconds_f64() / 3600.0
    };
    let mut spent = Spent::default();
    // Without prices, not even nothing is known.
    let (mut on, mut saved) = (Some(0.0), prices.map(|_| 0.0));
    for span in spans {
        let hours = inside(span.from, span.to);
        let price = prices.and_then(|p| p.hour(&span.size)).map(|p| p.0 as f64 * hours);
        match span.billed {
            _ if hours <= 0.0 => {}
            Some(Billed::On) => (spent.on_hours, on) = (spent.on_hours + hours, sum(on, price)),
            Some(Billed::Off) => (spent.off_hours, saved) = (spent.off_hours + hours, sum(saved, price)),
            None => {}
        }
    }
    let first = created.or(spans.first().map(|s| s.from)).unwrap_or(window.to);
    let end = if is_there { window.to } else { spans.last().map_or(first, |s| s.to) };
    let there = inside(first, end).max(spent.on_hours + spent.off_hours);
    spent.unknown_hours = (there - spent.on_hours - spent.off_hours).max(0.0);
    let parts = prices.and_then(Prices::parts_hour).map(|hour| hour * there);
    let unknown = match spent.unknown_hours > 0.0 {
        true => prices.and_then(|p| p.hour(size)).map(|p| p.0 as f64 * spent.unknown_hours),
        false => Some(0.0),
    };
    let at_least = sum(on, parts);
    spent.at_least = at_least.map(micros);
    spent.at_most = sum(at_least, unknown).map(micros);
    spent.saved = saved.map(micros);
    spent
}

/// A machine's cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    pub today: Spent,
    pub month: Spent,
}

impl std::ops::Add for Spent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let both = |a: Option<Micros>, b: Option<Micros>| Some(Micros(a?.0.saturating_add(b?.0)));
        Self {
            on_hours: self.on_hours + other.on_hours,
            off_hours: self.off_hours + other.off_hours,
            unknown_hours: self.unknown_hours + other.unknown_hours,
            at_least: both(self.at_least, other.at_least),
            at_most: both(self.at_most, other.at_most),
            saved: both(self.saved, other.saved),
        }
    }
}

impl Spent {
    /// Nothing, which is known.
    pub fn nothing() -> Self {
        let zero = Some(Micros(0));
        Self { at_least: zero, at_most: zero, saved: zero, ..Self::default() }
    }

    /// `1.25`, or `≥1.00` where hours are unknown; `None` without a price.
    pub fn short(&self) -> Option<String> {
        let least = self.at_least?.to_string();
        Some(if self.at_most.is_some_and(|most| most.to_string() == least) { least } else { format!("≥{least}") })
    }

    /// `1.25`, `1.00–1.25` where hours are unknown, `–` without a price.
    pub fn words(&self) -> String {
        match (self.at_least, self.at_most) {
            (Some(least), Some(most)) if least.to_string() == most.to_string() => least.to_string(),
            (Some(least), Some(most)) => format!("{least}–{most}"),
            (Some(least), None) => format!("≥{least}"),
            (None, _) => "–".to_owned(),
        }
    }
}

fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? + b?)
}

fn micros(amount: f64) -> Micros {
    Micros(amount.round() as i64)
}
