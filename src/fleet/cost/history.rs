//! When machines were on and off, as far as somebody looked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::fleet::instance::{Instance, PowerState};

/// Two looks further apart than this say nothing of the time between them.
pub const LONGEST_GAP: Duration = Duration::minutes(70);
/// While nothing changes, a look is kept this often.
const OFTEN: Duration = Duration::minutes(10);

/// What was seen of one machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Was {
    pub power: PowerState,
    pub size: String,
}

/// A line of the history: what is new since the line before. What it does not name was seen as before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub is: BTreeMap<String, Was>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
}

/// Whether a machine's hours are billed. A machine that was stopped from inside is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billed {
    On,
    Off,
}

impl Billed {
    pub fn of(power: PowerState) -> Option<Self> {
        match power {
            PowerState::Deallocated | PowerState::Deallocating => Some(Self::Off),
            PowerState::Unknown => None,
            _ => Some(Self::On),
        }
    }
}

/// A time over which a machine was seen to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: OffsetDateTime,
    pub to: OffsetDateTime,
    pub size: String,
    /// `None`: it changed in between, or nobody looked for too long.
    pub billed: Option<Billed>,
}

/// All looks, one after the other.
#[derive(Clone, Debug, Default)]
pub struct History {
    last: Option<OffsetDateTime>,
    now: BTreeMap<String, Was>,
    spans: BTreeMap<String, Vec<Span>>,
}

impl History {
    /// One look a line. After a line that can't be read, everything has to be said anew.
    pub fn read(text: &str) -> Self {
        let mut history = Self::default();
        for line in text.lines() {
            match serde_json::from_str(line) {
                Ok(look) => history.push(&look),
                Err(_) => (history.last, history.now) = (None, BTreeMap::new()),
            }
        }
        history
    }

    /// What there is to write about machines that were just seen: nothing, while nothing changed lately.
    pub fn news(&self, machines: &[Instance], at: OffsetDateTime) -> Option<Look> {
        let seen = |i: &Instance| (i.name.clone(), Was { power: i.power.value, size: i.vm_size.clone() });
        let seen: BTreeMap<String, Was> = machines.iter().map(seen).collect();
        let gone = self.now.keys().filter(|name| !seen.contains_key(*name)).cloned().collect();
        let is = seen.into_iter().filter(|(name, was)| self.now.get(name) != Some(was)).collect();
        let look = Look { at, is, gone };
        let is_due = self.last.is_none_or(|last| at - last >= OFTEN || at < last);
        (is_due || !look.is.is_empty() || !look.gone.is_empty()).then_some(look)
    }

    pub fn push(&mut self, look: &Look) {
        self.forget_after(look.at);
        if let Some(last) = self.last {
            self.pass(last, look);
        }
        for name in &look.gone {
            self.now.remove(name);
        }
        self.now.extend(look.is.clone());
        self.last = Some(look.at);
    }

    /// Where the clock was set back, what was seen after that time is seen anew: no moment counts twice.
    fn forget_after(&mut self, now: OffsetDateTime) {
        for spans in self.spans.values_mut() {
            while spans.last().is_some_and(|span| span.from >= now) {
                spans.pop();
            }
            if let Some(span) = spans.last_mut() {
                span.to = span.to.min(now);
            }
        }
    }

    /// The time since the last look. A clock that stepped back gives none.
    fn pass(&mut self, last: OffsetDateTime, look: &Look) {
        let is_long = look.at - last > LONGEST_GAP;
        for (name, was) in self.now.iter().filter(|_| look.at > last) {
            let before = Billed::of(was.power);
            let same = !look.gone.contains(name)
                && look.is.get(name).is_none_or(|now| Billed::of(now.power) == before && now.size == was.size);
            let billed = before.filter(|_| same && !is_long);
            let spans = self.spans.entry(name.clone()).or_default();
            match spans.last_mut().filter(|s| s.to == last && s.billed == billed && s.size == was.size) {
                Some(span) => span.to = look.at,
                None => spans.push(Span { from: last, to: look.at, size: was.size.clone(), billed }),
            }
        }
    }

    pub fn spans(&self, machine: &str) -> &[Span] {
        self.spans.get(machine).map_or(&[], Vec::as_slice)
    }

    /// Every machine that was ever seen.
    pub fn machines(&self) -> impl Iterator<Item = &String> {
        let gone = self.spans.keys().filter(|name| !self.now.contains_key(*name));
        self.now.keys().chain(gone)
    }
}
