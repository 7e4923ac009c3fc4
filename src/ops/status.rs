//! `status`: the fleet in one table.

use std::collections::HashMap;

use serde::Serialize;

use super::{OpsError, Session, history, snapshot};
use crate::{
    azure::Joined,
    fleet::{instance::Instance, member::Member, names::Slug, seen::Seen},
};

/// A row of `claw status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Slug, or the machine's name when it belongs to nobody in the team.
    pub member: String,
    pub email: Option<String>,
    pub machine: Option<Instance>,
}

/// `fresh`: the filtered VM list; otherwise Resource Graph, which may be some seconds behind.
pub async fn status(session: &Session, fresh: bool) -> Result<Seen<Vec<Row>>, OpsError> {
    let team = session.team().await?.team;
    let names = session.names(&team)?;
    let seen = match fresh {
        true => {
            let known = snapshot::lately(session.settings(), &names);
            let Joined { machines, addressed } = session.cloud().inventory_joined(&names, known).await?;
            snapshot::keep(session, &names, &machines.value, addressed);
            history::note(&session.settings().data, &names, &machines);
            machines
        }
        false => {
            let machines = session.cloud().inventory_fast(&names).await?;
            snapshot::keep(session, &names, &machines.value, machines.at);
            machines
        }
    };
    let Seen { value: machines, at } = seen;
    let places = Places::of(&machines);
    let found: Vec<Option<usize>> = team.members.iter().map(|member| places.find(member)).collect();
    let mut machines: Vec<Option<Instance>> = machines.into_iter().map(Some).collect();
    let mut rows = Vec::new();
    for (member, place) in team.members.iter().zip(found) {
        let machine = place.and_then(|place| machines.get_mut(place)?.take());
        rows.push(Row { member: member.slug.to_string(), email: Some(member.email.clone()), machine });
    }
    rows.extend(machines.into_iter().flatten().map(|machine| Row {
        member: machine.slug.as_ref().map_or(machine.name.clone(), Slug::to_string),
        email: machine.email.clone(),
        machine: Some(machine),
    }));
    rows.sort_by(|a, b| a.member.cmp(&b.member));
    Ok(Seen::new(rows, at))
}

/// Where in a list a member's machine stands.
struct Places<'a> {
    by_slug: HashMap<&'a Slug, usize>,
    by_email: HashMap<String, usize>,
    by_name: HashMap<&'a str, usize>,
}

impl<'a> Places<'a> {
    fn of(machines: &'a [Instance]) -> Self {
        // Backwards, so that the first of several stays.
        let all = || machines.iter().enumerate().rev();
        Self {
            by_slug: all().filter_map(|(n, i)| Some((i.slug.as_ref()?, n))).collect(),
            by_email: all().filter_map(|(n, i)| Some((i.email.as_ref()?.to_ascii_lowercase(), n))).collect(),
            by_name: all().map(|(n, i)| (i.name.as_str(), n)).collect(),
        }
    }

    fn find(&self, member: &Member) -> Option<usize> {
        // Who left may have had the same slug.
        let by_email = self.by_email.get(&member.email.to_ascii_lowercase());
        let by_slug = by_email.or_else(|| self.by_slug.get(&member.slug));
        by_slug.or_else(|| self.by_name.get(member.slug.machine().as_str())).copied()
    }
}
