//! What the machines have cost, told after each picture.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use crate::{
    fleet::{cost::Prices, instance::Instance, names::Names, seen::Seen},
    ops::{Event, Events, Session, cost, prices},
};

/// Prices that could not be had are asked for again after this.
const AGAIN: Duration = Duration::minutes(10);

/// The sizes that were asked about, when, and what came of it.
struct Asked {
    sizes: Vec<String>,
    at: OffsetDateTime,
    prices: Result<Prices, String>,
}

impl Asked {
    fn is_due(&self, sizes: &[String], now: OffsetDateTime) -> bool {
        self.sizes != sizes || (self.prices.is_err() && !(Duration::ZERO..AGAIN).contains(&(now - self.at)))
    }
}

/// The prices that there are so far.
#[derive(Clone, Default)]
pub struct Money(Arc<Mutex<Option<Asked>>>);

impl Money {
    /// Aside: the price list may take seconds to answer, and is asked again only for sizes that are new.
    pub fn tell(&self, session: &Session, names: &Names, machines: &Seen<Vec<Instance>>, events: &Events) {
        let (session, names, machines) = (session.clone(), names.clone(), machines.clone());
        let (events, kept) = (events.clone(), self.0.clone());
        tokio::spawn(async move {
            let sizes = cost::sizes(&machines.value);
            let mut kept = kept.lock().await;
            if kept.as_ref().is_none_or(|asked| asked.is_due(&sizes, machines.at)) {
                let known = prices::prices(&session, &names, &sizes).await;
                let asked = Asked { sizes, at: machines.at, prices: known.map(|k| k.prices) };
                explain(kept.as_ref(), &asked, &events);
                *kept = Some(asked);
            }
            let prices = kept.as_ref().and_then(|asked| asked.prices.as_ref().ok());
            let machines = cost::spent(&session, &names, &machines, prices);
            events.send(Event::Spent { machines });
        });
    }
}

/// Says why the columns show no amount, once.
fn explain(before: Option<&Asked>, asked: &Asked, events: &Events) {
    let why = |asked: &Asked| match &asked.prices {
        Err(why) => Some(format!("no amount is shown: {why}")),
        Ok(prices) => {
            let lack = prices.lack(&asked.sizes).join(", ");
            (!lack.is_empty()).then(|| format!("no price known for {lack}: claw cost --refresh asks again"))
        }
    };
    if let Some(message) = why(asked).filter(|now| before.and_then(why).as_ref() != Some(now)) {
        events.send(Event::Problem { operation: "cost".to_owned(), message, remedy: None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(prices: Result<Prices, String>) -> Asked {
        Asked { sizes: vec!["s".into()], at: OffsetDateTime::UNIX_EPOCH, prices }
    }

    #[test]
    fn unknown_prices_are_asked_for_again_and_known_ones_are_not() {
        let due = |asked: &Asked, minutes: i64| {
            asked.is_due(&["s".to_owned()], OffsetDateTime::UNIX_EPOCH + Duration::minutes(minutes))
        };
        let (unknown, known) = (asked(Err("why".into())), asked(Ok(Prices::default())));
        assert_eq!([0, 9, 10, -1].map(|minutes| due(&unknown, minutes)), [false, false, true, true]);
        assert!(!due(&known, 1000) && known.is_due(&[], OffsetDateTime::UNIX_EPOCH));
    }

    #[test]
    fn the_window_is_told_once_why_there_is_no_amount() {
        let (events, mut received) = Events::channel();
        let unknown = asked(Err("nothing for westeurope".into()));
        explain(None, &unknown, &events);
        explain(Some(&unknown), &unknown, &events);
        explain(Some(&unknown), &asked(Ok(Prices::default())), &events);
        let mut told = Vec::new();
        while let Ok(Event::Problem { message, .. }) = received.try_recv() {
            told.push(message);
        }
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].ends_with("nothing for westeurope") && told[1].contains("for s, disks, public addresses"));
    }
}
