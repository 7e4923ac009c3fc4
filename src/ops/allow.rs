//! `allow`: named ways in, one rule at a time.

use super::{
    OpsError, Session,
    activity::{self, Act, Ending},
    session::pick,
};
use crate::fleet::{
    allow::{Cidr, SecurityRule, free_priority, rule_name},
    names::Names,
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
    let (names, name, _) = place(session, read(cidr)?, machine).await?;
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
    let short = instance.name.strip_prefix("claw-").unwrap_or(&instance.name);
    Ok((names, rule_name(cidr, Some(short)), to))
}
