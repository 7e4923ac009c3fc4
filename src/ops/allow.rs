//! `allow`: named ways in, one rule at a time.

use super::{
    OpsError, Session,
    activity::{self, Act, Ending},
    session::pick,
};
use crate::{
    azure::AzureError,
    fleet::{
        allow::{Cidr, SecurityRule, free_priority, rule_name, short_of},
        instance::Instance,
        names::{Names, Slug},
    },
};

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Added,
    Removed,
    /// It was so before.
    Unchanged,
}

fn read(text: &str) -> Result<Cidr, OpsError> {
    Cidr::parse(text).map_err(|e| OpsError::input(e.to_string(), "claw allow 203.0.113.0/24"))
}

async fn rules(session: &Session, names: &Names) -> Result<Vec<SecurityRule>, OpsError> {
    let rules = session.cloud().security_rules(names).await?;
    rules.ok_or_else(|| {
        OpsError::failed("there is no network yet")
            .with_remedy("claw up makes it; network.sshFrom in team.json narrows it")
    })
}

/// The inbound rules that claw made.
pub async fn list(session: &Session) -> Result<Vec<SecurityRule>, OpsError> {
    let names = session.names(&session.team().await?.team)?;
    let mut rules = rules(session, &names).await?;
    rules.retain(SecurityRule::is_own);
    rules.sort_by_key(|rule| rule.priority);
    Ok(rules)
}

/// Opens SSH to a range, to all machines or to one. Also says whether SSH is open to everybody anyway.
pub async fn allow(session: &Session, cidr: &str, machine: Option<&str>) -> Result<(String, Change, bool), OpsError> {
    let act = Act::new("allow").on([cidr]).with("--for", machine);
    activity::kept(session, act, add(session, cidr, machine), |(rule, change, _)| ending(rule, *change)).await
}

fn ending(rule: &str, change: Change) -> Ending {
    Ending::done(match change {
        Change::Added => format!("{rule}: added"),
        Change::Removed => format!("{rule}: removed"),
        Change::Unchanged => format!("{rule}: as it was"),
    })
}

async fn add(session: &Session, cidr: &str, machine: Option<&str>) -> Result<(String, Change, bool), OpsError> {
    session.may_change()?;
    let cidr = read(cidr)?;
    let (names, name, to) = place(session, cidr, machine).await?;
    let rules = rules(session, &names).await?;
    let is_open = rules.iter().any(|rule| rule.is_open() && rule.to.iter().any(|to| to == "*"));
    if rules.iter().any(|rule| rule.name == name && rule.from == [cidr.to_string()] && rule.to == [to.clone()]) {
        return Ok((name, Change::Unchanged, is_open));
    }
    let kept = rules.iter().find(|rule| rule.name == name).map(|rule| rule.priority);
    let priority = kept.or_else(|| free_priority(&rules)).ok_or_else(|| {
        OpsError::failed("every priority of the network security group is taken")
            .with_remedy("remove rules that nobody needs: claw allow shows claw's own")
    })?;
    session.cloud().allow_ssh(&names, &name, priority, &cidr.to_string(), &to).await?;
    Ok((name, Change::Added, is_open))
}

/// Takes back what `allow` with the same arguments added, and nothing else.
pub async fn remove(session: &Session, cidr: &str, machine: Option<&str>) -> Result<(String, Change), OpsError> {
    let act = Act::new("allow").on([cidr]).with("--for", machine).when(true, "--remove");
    activity::kept(session, act, take_back(session, cidr, machine), |(rule, change)| ending(rule, *change)).await
}

async fn take_back(session: &Session, cidr: &str, machine: Option<&str>) -> Result<(String, Change), OpsError> {
    session.may_change()?;
    let (names, name) = named(session, read(cidr)?, machine).await?;
    if !rules(session, &names).await?.iter().any(|rule| rule.name == name) {
        return Ok((name, Change::Unchanged));
    }
    session.cloud().remove_security_rule(&names, &name).await?;
    Ok((name, Change::Removed))
}

/// The rule's name and where it leads.
async fn place(session: &Session, cidr: Cidr, machine: Option<&str>) -> Result<(Names, String, String), OpsError> {
    let Some(machine) = machine else {
        let names = session.names(&session.team().await?.team)?;
        return Ok((names, rule_name(cidr, None), "*".to_owned()));
    };
    let (names, _, machines) = session.machines().await?;
    let instance = pick(&machines.value, machine)?;
    let to = session.cloud().private_address(&names, &instance.name).await?;
    let to = to.ok_or_else(|| OpsError::failed(format!("{} has no address in the network", instance.name)))?;
    let name = rule_name(cidr, Some(short_of(&instance.name)));
    Ok((names, name, to))
}

/// The rule's name alone: the machine may be gone.
async fn named(session: &Session, cidr: Cidr, machine: Option<&str>) -> Result<(Names, String), OpsError> {
    let Some(machine) = machine else {
        let names = session.names(&session.team().await?.team)?;
        return Ok((names, rule_name(cidr, None)));
    };
    let (names, _, machines) = session.machines().await?;
    let short = short_for(&machines.value, machine)?;
    Ok((names, rule_name(cidr, Some(&short))))
}

/// What a machine is called in a rule's name, also where there is none any more.
fn short_for(machines: &[Instance], who: &str) -> Result<String, OpsError> {
    let error = match pick(machines, who) {
        Ok(instance) => return Ok(short_of(&instance.name).to_owned()),
        Err(error) => error,
    };
    let short = short_of_gone(who);
    // Several are called so, or what is there is somebody else's.
    let is_meant = |i: &Instance| is_called(i, who) || short_of(&i.name).eq_ignore_ascii_case(&short);
    if machines.iter().any(is_meant) { Err(error) } else { Ok(short) }
}

fn is_called(instance: &Instance, who: &str) -> bool {
    let is = |text: &str| text.eq_ignore_ascii_case(who);
    let slug = instance.slug.as_ref().map(Slug::as_str);
    is(&instance.name) || slug.is_some_and(is) || instance.email.as_deref().is_some_and(is)
}

/// Of a slug, a VM's name or an e-mail.
fn short_of_gone(who: &str) -> String {
    let lower = who.to_ascii_lowercase();
    let local = lower.split('@').next().unwrap_or_default();
    let short = short_of(local);
    Slug::from_text(short).map_or_else(|| short.to_owned(), |slug| slug.as_str().to_owned())
}

/// Deletes a machine and the ways in that were opened to it alone: Azure gives its address to another. They go first,
/// so that a deletion that is cut off leaves none; and once more, since a deployment of the infrastructure that ran
/// meanwhile may have sent them along.
pub async fn with_ways_in(
    session: &Session,
    names: &Names,
    machine: &str,
    deletion: impl Future<Output = Result<(), AzureError>>,
) -> Result<(), OpsError> {
    close(session, names, machine).await?;
    deletion.await?;
    close(session, names, machine).await
}

async fn close(session: &Session, names: &Names, machine: &str) -> Result<(), OpsError> {
    let cloud = session.cloud();
    let rules = cloud.security_rules(names).await?.unwrap_or_default();
    for rule in rules.iter().filter(|rule| rule.is_for(machine)) {
        cloud.remove_security_rule(names, &rule.name).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_is_gone_is_still_called_as_people_called_it() {
        for (who, short) in [
            ("alice", "alice"),
            ("claw-alice", "alice"),
            ("CLAW-Alice", "alice"),
            ("alice@example.com", "alice"),
            ("Al.Ice@example.com", "al-ice"),
            ("", ""),
        ] {
            assert_eq!(short_of_gone(who), short, "{who}");
            assert_eq!(short_for(&[], who).unwrap(), short, "{who}");
        }
    }
}
