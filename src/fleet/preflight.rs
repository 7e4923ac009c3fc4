//! What would stop a first `up`, judged from what was read. Pure.

use serde::{Deserialize, Serialize};

/// How a check came out. What could not be seen is neither fine nor in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Ok,
    Unknown,
    Warning,
    Stops,
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// E.g. `quota`.
    pub topic: String,
    pub outcome: Outcome,
    /// One sentence.
    pub finding: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Check {
    fn new(topic: &str, outcome: Outcome, finding: impl Into<String>) -> Self {
        Self { topic: topic.into(), outcome, finding: finding.into(), remedy: None }
    }

    pub fn ok(topic: &str, finding: impl Into<String>) -> Self {
        Self::new(topic, Outcome::Ok, finding)
    }

    pub fn unknown(topic: &str, reason: impl Into<String>) -> Self {
        Self::new(topic, Outcome::Unknown, reason)
    }

    pub fn warning(topic: &str, finding: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::new(topic, Outcome::Warning, finding) }
    }

    pub fn stops(topic: &str, finding: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::new(topic, Outcome::Stops, finding) }
    }
}

/// What one role assignment lets its holder do (`Microsoft.Authorization/permissions`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Permission {
    pub actions: Vec<String>,
    pub not_actions: Vec<String>,
}

/// What `up` does, and what each is for.
const NEEDED: [(&str, &str); 10] = [
    ("Microsoft.Resources/subscriptions/resourceGroups/write", "make the group"),
    ("Microsoft.Resources/deployments/write", "deploy templates"),
    ("Microsoft.Compute/virtualMachines/write", "make machines"),
    ("Microsoft.Compute/virtualMachineScaleSets/write", "make the scale set"),
    ("Microsoft.Network/publicIPAddresses/write", "give addresses"),
    ("Microsoft.KeyVault/vaults/write", "make the vault"),
    ("Microsoft.ManagedIdentity/userAssignedIdentities/write", "make the identity"),
    ("Microsoft.Authorization/roleAssignments/write", "give access"),
    ("Microsoft.Authorization/locks/write", "lock the scale set"),
    ("Microsoft.Consumption/budgets/write", "set the budget"),
];

/// Whether the roles together allow what `up` does. A `notActions` takes away from its own role only.
pub fn permissions(held: &[Permission]) -> Check {
    let allows = |p: &Permission, action: &str| {
        p.actions.iter().any(|a| matches(a, action)) && !p.not_actions.iter().any(|n| matches(n, action))
    };
    let missing: Vec<&(&str, &str)> =
        NEEDED.iter().filter(|(action, _)| !held.iter().any(|p| allows(p, action))).collect();
    match missing.as_slice() {
        [] => Check::ok("permissions", "your roles allow everything that up does"),
        missing => {
            let what: Vec<String> = missing.iter().map(|(action, what)| format!("{what} ({action})")).collect();
            Check::stops(
                "permissions",
                format!("your roles do not let you {}", what.join(", ")),
                "ask for Owner on the subscription or the group, or Contributor together with User Access Administrator",
            )
        }
    }
}

/// Azure's wildcards: `*` stands for any text, without case.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = action.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

/// A count that is limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// As people call it, e.g. `Total Regional vCPUs`.
    pub name: String,
    pub used: u64,
    pub limit: u64,
}

/// Whether `more` fit.
pub fn quota(quota: &Quota, more: u64) -> Check {
    let Quota { name, used, limit } = quota;
    let free = limit.saturating_sub(*used);
    if more <= free {
        return Check::ok("quota", format!("{name}: {more} more needed, {free} of {limit} free"));
    }
    let finding = format!("{name}: {more} more needed, only {free} of {limit} free");
    let remedy =
        format!("ask for a limit of at least {} (portal: Quotas), or use fewer or smaller machines", used + more);
    Check::stops("quota", finding, remedy)
}

/// Role assignments: a limit on the whole subscription, shared with everybody else in it.
pub fn assignments(used: u64, limit: u64, more: u64) -> Check {
    let free = limit.saturating_sub(used);
    let finding = format!("role assignments: {more} more needed, {free} of {limit} free");
    let remedy = "remove those whose identity is gone: az role assignment list --all --query \"[?principalName=='']\"";
    match () {
        () if more > free => Check::stops("roles", finding, remedy),
        () if more * 2 > free => Check::warning("roles", finding, remedy),
        () => Check::ok("roles", finding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(actions: &[&str], not: &[&str]) -> Permission {
        let all = |list: &[&str]| list.iter().map(|a| (*a).to_owned()).collect();
        Permission { actions: all(actions), not_actions: all(not) }
    }

    #[test]
    fn roles_add_up_and_exceptions_hold_for_their_own_role() {
        let contributor = role(&["*"], &["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]);
        let administrator = role(&["*/read", "Microsoft.Authorization/*"], &[]);
        assert_eq!(permissions(&[role(&["*"], &[])]).outcome, Outcome::Ok);
        assert_eq!(permissions(&[contributor.clone(), administrator]).outcome, Outcome::Ok);
        let lacking = permissions(&[contributor]);
        assert_eq!(lacking.outcome, Outcome::Stops);
        assert!(lacking.finding.contains("give access") && lacking.finding.contains("locks/write"), "{lacking:?}");
        assert!(!lacking.finding.contains("make machines"));
        assert_eq!(permissions(&[]).outcome, Outcome::Stops);
    }

    #[test]
    fn wildcards() {
        for (pattern, action, fits) in [
            ("*", "A/b/write", true),
            ("A/*", "a/B/write", true),
            ("A/*/write", "A/b/c/write", true),
            ("A/*/write", "A/write", false),
            ("*/read", "A/b/write", false),
            ("A/b/write", "A/b/write", true),
            ("A/b", "A/b/write", false),
        ] {
            assert_eq!(matches(pattern, action), fits, "{pattern} {action}");
        }
    }

    #[test]
    fn quotas_are_judged_by_what_is_free() {
        let cores = Quota { name: "vCPUs".into(), used: 6, limit: 10 };
        assert_eq!(quota(&cores, 4).outcome, Outcome::Ok);
        let short = quota(&cores, 5);
        assert!(short.outcome == Outcome::Stops && short.remedy.unwrap().contains("at least 11"));
        let over = Quota { used: 12, ..cores };
        assert_eq!((quota(&over, 0).outcome, quota(&over, 1).outcome), (Outcome::Ok, Outcome::Stops));
        let outcomes = [10, 60, 101].map(|more| assignments(3900, 4000, more).outcome);
        assert_eq!(outcomes, [Outcome::Ok, Outcome::Warning, Outcome::Stops]);
    }
}
