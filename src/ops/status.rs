//! `status`: the fleet in one table.

use serde::Serialize;

use super::{OpsError, Session, snapshot};
use crate::fleet::{instance::Instance, names::Slug, seen::Seen};

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
            let machines = session.cloud().inventory_joined(&names).await?;
            session.remember(&names, &machines);
            machines
        }
        false => {
            let machines = session.cloud().inventory_fast(&names).await?;
            snapshot::keep(session, &names, &machines);
            machines
        }
    };
    let Seen { value: mut machines, at } = seen;
    let mut rows = Vec::new();
    for member in &team.members {
        let is_theirs = |i: &Instance| {
            i.slug.as_ref() == Some(&member.slug)
                || i.email.as_deref().is_some_and(|e| e.eq_ignore_ascii_case(&member.email))
                || i.name == member.slug.machine()
        };
        let machine = machines.iter().position(is_theirs).map(|at| machines.swap_remove(at));
        rows.push(Row { member: member.slug.to_string(), email: Some(member.email.clone()), machine });
    }
    rows.extend(machines.into_iter().map(|machine| Row {
        member: machine.slug.as_ref().map_or(machine.name.clone(), Slug::to_string),
        email: machine.email.clone(),
        machine: Some(machine),
    }));
    rows.sort_by(|a, b| a.member.cmp(&b.member));
    Ok(Seen::new(rows, at))
}
