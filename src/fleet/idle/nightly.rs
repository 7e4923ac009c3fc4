//! A machine's nightly stop by Azure itself, so that cost stops without claw running.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    policy::{IdleSettings, ShutdownAt},
    windows,
};
use crate::fleet::{member::Member, names::Slug};

/// When Azure is to stop a machine, every day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nightly {
    /// As Azure writes it, e.g. `1900`.
    pub time: String,
    /// By Windows' name, e.g. `W. Europe Standard Time`; `None` where claw knows none.
    pub zone: Option<String>,
}

/// Who asked for one; `None` where the policy can't be read, so that nobody knows.
pub fn of_team(idle: &IdleSettings, members: &[&Member]) -> Option<BTreeMap<Slug, Nightly>> {
    let asked = members.iter().filter_map(|member| {
        let own = idle.with(&member.idle);
        let ShutdownAt::At(time) = own.shutdown_at else { return None };
        let zone = windows::name(&String::from(own.time_zone)).map(str::to_owned);
        Some((member.slug.clone(), Nightly { time: time.strftime("%H%M").to_string(), zone }))
    });
    (!idle.unreadable).then(|| asked.collect())
}
