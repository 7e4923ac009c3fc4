//! A sum in which some summands are not known.

use std::{
    collections::BTreeMap,
    ops::{Add, Sub},
};

use super::micros::Micros;

/// Why a summand is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    /// The price list has no price for this.
    Price(String),
    /// Azure did not show how many of these there are.
    Count(&'static str),
}

/// What is known of a sum, and how often each unknown summand is in it. Taking one away that was added before
/// leaves nothing unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    known: i64,
    unknown: BTreeMap<Unknown, i64>,
}

impl Amount {
    pub fn unknown(why: Unknown) -> Self {
        Self { known: 0, unknown: BTreeMap::from([(why, 1)]) }
    }

    /// So much of a price, or so much of an unknown one.
    pub fn priced(price: Option<Micros>, times: i64, what: &str) -> Self {
        match price {
            _ if times == 0 => Self::default(),
            Some(price) => Self { known: price.0.saturating_mul(times), unknown: BTreeMap::new() },
            None => Self { known: 0, unknown: BTreeMap::from([(Unknown::Price(what.to_owned()), times)]) },
        }
    }

    pub fn exact(&self) -> Option<Micros> {
        self.unknown.is_empty().then_some(Micros(self.known))
    }

    /// Not more than the sum, as long as nothing unknown was taken away.
    pub fn at_least(&self) -> Option<Micros> {
        self.unknown.values().all(|times| *times > 0).then_some(Micros(self.known))
    }

    pub fn unknowns(&self) -> impl Iterator<Item = &Unknown> {
        self.unknown.keys()
    }

    fn join(mut self, other: Self, sign: i64) -> Self {
        self.known = self.known.saturating_add(other.known.saturating_mul(sign));
        for (why, times) in other.unknown {
            let count = self.unknown.entry(why).or_default();
            *count = count.saturating_add(times.saturating_mul(sign));
        }
        self.unknown.retain(|_, times| *times != 0);
        self
    }
}

impl Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.join(other, 1)
    }
}

impl Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.join(other, -1)
    }
}

impl std::iter::Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}
