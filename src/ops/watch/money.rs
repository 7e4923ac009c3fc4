//! What the machines have cost, told after each picture.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::{
    fleet::{cost::Prices, instance::Instance, names::Names, seen::Seen},
    ops::{Event, Events, Session, cost, prices},
};

/// The sizes that were asked about, and what came of it.
type Asked = (Vec<String>, Option<Prices>);

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
            if kept.as_ref().is_none_or(|(asked, _)| *asked != sizes) {
                let known = prices::prices(&session, &names, &sizes).await.ok();
                *kept = Some((sizes, known.map(|k| k.prices)));
            }
            let prices = kept.as_ref().and_then(|(_, prices)| prices.as_ref());
            let machines = cost::spent(&session, &names, &machines, prices);
            events.send(Event::Spent { machines });
        });
    }
}
