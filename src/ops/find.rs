//! Which machine is meant, also for a member who has neither a team.json nor the group's name.

use super::{
    OpsError, Session,
    session::{pick, short},
};
use crate::{
    azure::{AzureErrorKind, Cloud},
    fleet::{instance::Instance, names::Names},
};

/// A machine and where it lives.
#[derive(Clone, Debug)]
pub struct Found {
    pub names: Names,
    pub instance: Instance,
}

/// The named machine of the team that team.json tells of. Without a team.json, or without a name (the caller's own
/// machine then), it is found by its tags wherever the caller can read, in one Resource Graph query; so it is where the
/// caller may not list the team's machines.
pub async fn find(session: &Session, name: Option<&str>) -> Result<Found, OpsError> {
    if let Some(name) = name
        && let Some(file) = session.team_file()?
    {
        let names = session.names(&file.team)?;
        match session.cloud().inventory(&names).await {
            // A member may read their own machine, and not the list of the group.
            Err(error) if error.kind == AzureErrorKind::Forbidden => {}
            listed => {
                let machines = listed?;
                session.remember(&names, &machines);
                let instance = pick(&machines.value, name)?.clone();
                return Ok(Found { names, instance });
            }
        }
    }
    anywhere(session, name).await
}

/// By the tags alone, wherever the caller can read; the caller's own without a name.
pub async fn anywhere(session: &Session, name: Option<&str>) -> Result<Found, OpsError> {
    let cloud = session.cloud();
    let who = match name {
        Some(name) => name.to_owned(),
        None => cloud.caller().await?.object_id.to_string(),
    };
    let found = cloud.whose(&who).await?.value;
    let found = one(session, found, name)?;
    fresh(cloud, found).await
}

/// The caller's own machines, as Azure's index has them.
pub async fn own(session: &Session) -> Result<Vec<Instance>, OpsError> {
    let cloud = session.cloud();
    let caller = cloud.caller().await?.object_id;
    let found = cloud.whose(caller.as_str()).await?.value;
    if found.is_empty() {
        return Err(one(session, found, None).err().unwrap_or_else(|| OpsError::failed("nothing was found")));
    }
    Ok(found)
}

/// The one that is meant, or all of them listed.
fn one(session: &Session, mut found: Vec<Instance>, name: Option<&str>) -> Result<Instance, OpsError> {
    let settings = session.settings();
    let place = |i: &Instance| Names::of_machine(&i.id, "");
    if let Some(group) = &settings.resource_group {
        found.retain(|i| place(i).is_some_and(|n| n.resource_group.eq_ignore_ascii_case(&group.value)));
    }
    if found.len() > 1
        && let Some(named) = &settings.cloud.subscription
        && found.iter().filter(|i| place(i).is_some_and(|n| n.subscription.eq_ignore_ascii_case(named))).count() == 1
    {
        found.retain(|i| place(i).is_some_and(|n| n.subscription.eq_ignore_ascii_case(named)));
    }
    match (found.len(), name) {
        (1, _) => found.pop().ok_or_else(|| OpsError::failed("nothing was found")),
        (0, None) => Err(OpsError::input(
            "no machine of yours was found in any subscription that you can read",
            "after you were let in Azure takes up to 10 minutes to show it: try again then; otherwise ask whoever runs the fleet, or sign in to the right tenant: az login --tenant TENANT",
        )),
        (0, Some(name)) => Err(OpsError::input(
            format!("no machine called `{name}` was found in any subscription that you can read"),
            "say the member, the machine or the e-mail; without a name it is your own: claw ssh",
        )),
        _ => Err(several(&found, name)),
    }
}

fn several(found: &[Instance], name: Option<&str>) -> OpsError {
    let whose = name.map_or("belong to you".to_owned(), |name| format!("are called `{name}`"));
    let mut error = OpsError::input(
        format!("{} machines {whose}", found.len()),
        "name one of them: claw ssh NAME, or its place with --group GROUP --subscription ID",
    );
    error.causes = found
        .iter()
        .map(|i| {
            let place = Names::of_machine(&i.id, "");
            let place = place.map_or(i.id.clone(), |n| format!("{} in {}", n.resource_group, n.subscription));
            format!("{} ({place}) is {}", short(i), i.power.value.word())
        })
        .collect();
    error
}

/// Power and host key decide something, so they are read from the machine itself.
async fn fresh(cloud: &Cloud, found: Instance) -> Result<Found, OpsError> {
    // Nothing that is done to one machine needs the location.
    let names = Names::of_machine(&found.id, "")
        .ok_or_else(|| OpsError::failed(format!("Azure named a machine by an odd id: {}", found.id)))?;
    let gone = || OpsError::failed(format!("{} is not there any more", found.name)).with_remedy("claw ssh again");
    let instance = cloud.machine_alone(&names, &found.name).await?.ok_or_else(gone)?;
    Ok(Found { names, instance })
}
