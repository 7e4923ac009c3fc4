//! How quickly machines answer, told where it changed.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    ops::{Event, Events, Session, event::RoundTrip},
    remote::RoundTrips,
};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(5);

/// Runs until dropped.
pub async fn tell(session: &Session, events: &Events) {
    let mut last: BTreeMap<String, RoundTrip> = BTreeMap::new();
    loop {
        let now = session.remote().trips().into_iter().map(|(machine, trips)| (machine, in_microseconds(trips)));
        let news: BTreeMap<_, _> = now.filter(|(machine, trip)| last.get(machine) != Some(trip)).collect();
        if !news.is_empty() {
            last.extend(news.clone());
            events.send(Event::RoundTrips { machines: news });
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn in_microseconds(trips: RoundTrips) -> RoundTrip {
    let us = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    RoundTrip { connected_us: us(trips.connected), last_us: us(trips.last), median_us: us(trips.median) }
}
