//! Prices, remembered for a week: a plan is to be quick, and to work where the price list can't be reached. Some come
//! with claw.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

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
const SHIPPED: &str = include_str!("../../assets/prices/list.json");

#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    #[serde(with = "time::serde::rfc3339")]
    read: OffsetDateTime,
    prices: Prices,
}

#[derive(Deserialize)]
struct Shipped {
    #[serde(with = "time::serde::rfc3339")]
    compiled: OffsetDateTime,
    source: String,
    regions: BTreeMap<String, Prices>,
}

/// What could be had.
pub struct Known {
    pub prices: Prices,
    pub stale: Option<Stale>,
    /// When they were read, or compiled.
    pub at: OffsetDateTime,
    /// Where they come from, in words.
    pub source: String,
}

/// The prices, or why there are none. Old ones are better than none, but say so.
pub async fn prices(session: &Session, names: &Names, sizes: &[String]) -> Result<Known, String> {
    exist(session)?;
    let path = path(&session.settings().data, names);
    let kept: Option<Kept> = std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str(&text).ok());
    let now = OffsetDateTime::now_utc();
    if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(now) && kept.prices.cover(sizes)) {
        return Ok(kept.known(None));
    }
    match read(session, names, sizes).await {
        Ok(prices) => {
            let read = Kept { read: now, prices };
            keep(&path, &read);
            Ok(read.known(None))
        }
        Err(why) => {
            let stale = |from: OffsetDateTime, why| Some(Stale { days: (now - from).whole_days().max(0), why });
            match (kept, shipped(&names.location)) {
                (Some(kept), _) => Ok(kept.known(stale(kept.read, why))),
                (None, Some(mut shipped)) => {
                    shipped.stale = stale(shipped.at, format!("they came with claw, as {why}"));
                    Ok(shipped)
                }
                (None, None) => {
                    Err(format!("{why}; none came with claw for {}: claw cost --refresh asks again", names.location))
                }
            }
        }
    }
}

/// Reads them anew; an answer that can't be had is an error.
pub async fn refresh(session: &Session, names: &Names, sizes: &[String]) -> Result<Known, OpsError> {
    let failed = |why: String| OpsError::failed(why).with_remedy("claw cost takes the prices that there are");
    exist(session).map_err(failed)?;
    let kept = Kept { read: OffsetDateTime::now_utc(), prices: read(session, names, sizes).await.map_err(failed)? };
    keep(&path(&session.settings().data, names), &kept);
    Ok(kept.known(None))
}

fn exist(session: &Session) -> Result<(), String> {
    match session.cloud().environment() {
        Environment::Public => Ok(()),
        _ => Err("Azure publishes no price list for this cloud".into()),
    }
}

fn path(data: &Path, names: &Names) -> PathBuf {
    data.join(format!("prices-{}.json", names.location))
}

/// Those that come with claw, for some regions.
fn shipped(location: &str) -> Option<Known> {
    let mut all: Shipped = serde_json::from_str(SHIPPED).ok()?;
    let prices = all.regions.remove(&location.to_lowercase())?;
    Some(Known { prices, stale: None, at: all.compiled, source: all.source })
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
    fn known(&self, stale: Option<Stale>) -> Known {
        let source = "Azure's retail price service".to_owned();
        Known { prices: self.prices.clone(), stale, at: self.read, source }
    }

    /// One from the future is no better than an old one: some clock was wrong.
    fn is_fresh(&self, now: OffsetDateTime) -> bool {
        (time::Duration::ZERO..GOOD_FOR).contains(&(now - self.read))
    }
}

/// A folder that can't be written to costs the next plan a request, nothing else.
fn keep(path: &Path, kept: &Kept) {
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

    #[test]
    fn shipped_prices_cover_what_a_team_gets_by_default() {
        let default = crate::fleet::team::FleetSettings::default();
        assert!(shipped(&default.location).unwrap().prices.cover(&[default.vm_size]));
        assert!(shipped("nowhere").is_none());
    }
}
