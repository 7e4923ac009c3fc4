//! Prices, remembered for a week: a plan is to be quick, and to work where the price list can't be reached.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Session;
use crate::{
    azure::Environment,
    fleet::{cost::Prices, names::Names},
};

const GOOD_FOR: time::Duration = time::Duration::days(7);
/// A plan does not wait longer for them.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(with = "time::serde::rfc3339")]
    read: OffsetDateTime,
    prices: Prices,
}

/// `None` where no price is known: sovereign clouds, or nothing could be read yet.
pub async fn prices(session: &Session, names: &Names, sizes: &[String]) -> Option<Prices> {
    if session.cloud().environment() != Environment::Public {
        return None;
    }
    let path = session.settings().data.join(format!("prices-{}.json", names.location));
    let kept: Option<Kept> = std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str(&text).ok());
    let now = OffsetDateTime::now_utc();
    let is_good = |k: &Kept| now - k.read < GOOD_FOR && sizes.iter().all(|s| k.prices.machine_hour.contains_key(s));
    if let Some(kept) = kept.as_ref().filter(|k| is_good(k)) {
        return Some(kept.prices.clone());
    }
    match tokio::time::timeout(PATIENCE, session.cloud().prices(&names.location, sizes)).await {
        Ok(Ok(prices)) => {
            keep(&path, &Kept { read: now, prices: prices.clone() });
            Some(prices)
        }
        // Old ones are better than none.
        _ => kept.map(|k| k.prices),
    }
}

/// A folder that can't be written to costs the next plan a request, nothing else.
fn keep(path: &PathBuf, kept: &Kept) {
    let Some(folder) = path.parent() else { return };
    if let (Ok(text), Ok(mut file)) = (serde_json::to_string(kept), tempfile::NamedTempFile::new_in(folder)) {
        let _ = std::io::Write::write_all(&mut file, text.as_bytes()).map(|()| file.persist(path).is_ok());
    }
}
