//! Graph's identity quota: resource units in ten seconds, for each application in the tenant (azure.md §5).
//! Counted in real time, in which clients wait.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

use crate::sim::wire::Request;

const WINDOW: Duration = Duration::from_secs(10);

/// Units spent by each application, and since when.
#[derive(Default)]
pub struct Quota(BTreeMap<String, (Instant, u32)>);

/// What is left to say after a request was counted.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// The share of the quota that is spent, 0 to 1.
    Served(f64),
    /// Whole seconds until the next window.
    Throttled(u64),
}

impl Quota {
    /// Counts `units` of `application` in a tenant of so many users.
    pub fn spend(&mut self, application: &str, units: u32, users: usize, now: Instant) -> Verdict {
        let most = match users {
            0..50 => 3500,
            50..=500 => 5000,
            _ => 8000,
        };
        let (since, spent) = self.0.entry(application.to_owned()).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *spent) = (now, 0);
        }
        if *spent + units > most {
            let left = WINDOW.saturating_sub(now.duration_since(*since));
            return Verdict::Throttled(left.as_secs_f64().ceil() as u64);
        }
        *spent += units;
        Verdict::Served(f64::from(*spent) / f64::from(most))
    }
}

/// Resource units of one request; a `$select` makes it one cheaper, and none is free.
pub fn units(request: &Request) -> u32 {
    let whole = match request.segments().as_slice() {
        [_, "users" | "groups"] => 2,
        [_, "groups", _, "members", ..] | [_, "directoryObjects", "getByIds"] => 3,
        [_, "groups", _, "transitiveMembers", ..] => 5,
        _ => 1,
    };
    match request.query("$select") {
        Some(_) if whole > 1 => whole - 1,
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_is_spent_and_comes_back_after_ten_seconds() {
        let (mut quota, start) = (Quota::default(), Instant::now());
        assert_eq!(quota.spend("app", 3499, 9, start), Verdict::Served(3499.0 / 3500.0));
        let later = start + Duration::from_millis(2500);
        assert_eq!(quota.spend("app", 2, 9, later), Verdict::Throttled(8));
        assert_eq!(quota.spend("other", 2, 9, later), Verdict::Served(2.0 / 3500.0));
        assert_eq!(quota.spend("app", 2, 9, start + WINDOW), Verdict::Served(2.0 / 3500.0));
        assert_eq!(quota.spend("app", 4000, 600, start + WINDOW), Verdict::Served(4002.0 / 8000.0));
    }
}
