//! Prices, remembered for a week: a plan is to be quick, and to work where the price list can't be reached.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{OpsError, Session};
use crate::{
    azure::Environment,
    fleet::{
        cost::{Prices, Stale},
        names::Names,
    },
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

/// What could be had.
pub struct Known {
    pub prices: Prices,
    pub stale: Option<Stale>,
}

/// The prices, or why there are none. Old ones are better than none, but say so.
pub async fn prices(session: &Session, names: &Names, sizes: &[String]) -> Result<Known, String> {
    if session.cloud().environment() != Environment::Public {
        return Err("Azure publishes no price list for this cloud".into());
    }
    let path = session.settings().data.join(format!("prices-{}.json", names.location));
    let kept: Option<Kept> = std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str(&text).ok());
    let now = OffsetDateTime::now_utc();
    if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(now) && kept.prices.cover(sizes)) {
        return Ok(Known { prices: kept.prices.clone(), stale: None });
    }
    match read(session, names, sizes).await {
        Ok(prices) => {
            keep(&path, &Kept { read: now, prices: prices.clone() });
            Ok(Known { prices, stale: None })
        }
        Err(why) => match kept {
            None => Err(why),
            Some(kept) => {
                let stale = Stale { days: (now - kept.read).whole_days().max(0), why };
                Ok(Known { prices: kept.prices, stale: Some(stale) })
            }
        },
    }
}

/// The list prices of one machine's size, or why there are none.
pub async fn of_machine(session: &Session, machine: &str) -> Result<Result<Prices, String>, OpsError> {
    let (names, _, instance) = session.find(machine).await?;
    Ok(prices(session, &names, &[instance.vm_size]).await.map(|known| known.prices))
}

async fn read(session: &Session, names: &Names, sizes: &[String]) -> Result<Prices, String> {
    match tokio::time::timeout(PATIENCE, session.cloud().prices(&names.location, sizes)).await {
        Ok(Ok(prices)) if prices.is_empty() => Err(format!("the price list has nothing for {}", names.location)),
        Ok(Ok(prices)) => Ok(prices),
        Ok(Err(error)) => Err(format!("the price list could not be read: {}", error.message)),
        Err(_) => Err(format!("the price list did not answer within {} seconds", PATIENCE.as_secs())),
    }
}

impl Kept {
    /// One from the future is no better than an old one: some clock was wrong.
    fn is_fresh(&self, now: OffsetDateTime) -> bool {
        (time::Duration::ZERO..GOOD_FOR).contains(&(now - self.read))
    }
}

/// A folder that can't be written to costs the next plan a request, nothing else.
fn keep(path: &PathBuf, kept: &Kept) {
    let Some(folder) = path.parent() else { return };
    if let (Ok(text), Ok(mut file)) = (serde_json::to_string(kept), tempfile::NamedTempFile::new_in(folder)) {
        let _ = std::io::Write::write_all(&mut file, text.as_bytes()).map(|()| file.persist(path).is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_good_for_a_week_and_never_from_the_future() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(100);
        let fresh =
            |days: i64| Kept { read: now - time::Duration::days(days), prices: Prices::default() }.is_fresh(now);
        assert_eq!([0, 6, 7, 400, -1].map(fresh), [true, true, false, false, false]);
    }
}
