//! What a step finds and what it leaves, in words.

use super::{
    instance::Instance,
    observed::Observed,
    step::{Action, Principal, Step},
};

/// How things are before a step, and how they are after it. `None` before: nobody could see it.
pub fn before_after(step: &Step, observed: &Observed) -> (Option<String>, String) {
    let machine = |name: &str| {
        let all = observed.instances.as_ref()?;
        Some(all.value.iter().find(|i| i.name == name))
    };
    let power =
        |name: &str| machine(name).map(|i| i.map_or("not there".to_owned(), |i| i.power.value.word().to_owned()));
    let known = |before: &str| Some(before.to_owned());
    match &step.action {
        Action::EnsureGroup => {
            let before = observed.group.as_ref().map(|g| if g.value { "there" } else { "not there" }.to_owned());
            (before, "there, with claw's tags".into())
        }
        Action::RecoverVault { vault } => (known("deleted, its name is taken"), format!("{vault} with its secrets")),
        Action::EnsureInfra => (None, "network, scale set, vault and identity as in claw's template".into()),
        Action::EnsureBudget { amount } => {
            let have = observed.budget.as_ref().map(|seen| seen.value.map_or("none".into(), |n| n.to_string()));
            (have, format!("{amount} a month, told at 80 %"))
        }
        Action::CreateMachine { email, vm_size, disk, .. } => {
            let data = if disk.is_some() { "on the disk that was kept" } else { "with a new disk" };
            (known("no machine"), format!("{vm_size} for {email}, {data}; only they and operators may log in"))
        }
        Action::InstallEntraLogin { .. } => (known("no Entra login"), "people log in with Entra".into()),
        Action::Grant { role_name, principal, .. } => {
            let who = match principal {
                Principal::Known { object_id, .. } => object_id.as_str().to_owned(),
                Principal::IdentityOf { machine } => format!("the identity of {machine}"),
                Principal::FleetIdentity => "the fleet's identity".into(),
            };
            (known("no such role"), format!("{role_name} for {who}"))
        }
        Action::Revoke { role_name, .. } => (known(role_name), "no such role".into()),
        Action::PinHostKey { machine: name } => {
            let before =
                machine(name).flatten().and_then(|i| i.host_key.clone()).map(|_| "another host key pinned".into());
            (before.or_else(|| known("no host key pinned")), "its host key, read through Azure, in its tags".into())
        }
        Action::Retag { machine: name, tags } => {
            let old = |instance: &Instance| {
                let pairs = tags.keys().map(|key| pair(key, instance.tags.get(key).map_or("–", String::as_str)));
                pairs.collect::<Vec<_>>().join(", ")
            };
            let new: Vec<String> = tags.iter().map(|(key, value)| pair(key, value)).collect();
            (machine(name).flatten().map(old), new.join(", "))
        }
        Action::SetShutdown { machine, time, zone } => {
            (nightly(observed, machine), format!("stopped by Azure every day at {time} ({zone})"))
        }
        Action::RemoveShutdown { machine } => (nightly(observed, machine), "no daily stop".into()),
        Action::Start { machine } => (power(machine), "running".into()),
        Action::Deallocate { machine, reason } => (power(machine), format!("deallocated, its data kept: {reason}")),
        Action::KeepDisk { .. } => (known("the disk goes with its machine"), "the disk stays".into()),
        Action::DeleteMachine { machine } => (power(machine), "gone".into()),
        Action::RemoveLock { .. } => (known("locked by claw"), "no lock".into()),
        Action::DeleteGroup => (known("there, with everything in it"), "gone, with everything in it".into()),
    }
}

/// `None` where the daily stops could not be seen.
fn nightly(observed: &Observed, machine: &str) -> Option<String> {
    let schedules = &observed.schedules.as_ref()?.value;
    let there = schedules.iter().find(|s| s.is_of(machine));
    Some(there.map_or("no daily stop".to_owned(), |s| format!("stopped every day at {} ({})", s.time, s.zone)))
}

fn pair(key: &str, value: &str) -> String {
    format!("{key}={value}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::step::{Risk, StepId};

    fn step(action: Action) -> Step {
        let (id, target, description) = (StepId("x".into()), "x".into(), String::new());
        Step { id, action, risk: Risk::Safe, target, description, after: Vec::new() }
    }

    #[test]
    fn what_was_not_seen_is_not_guessed() {
        let start = step(Action::Start { machine: "claw-a".into() });
        let mut observed = Observed::default();
        assert_eq!(before_after(&start, &observed), (None, "running".into()));
        observed.instances = Some(crate::fleet::seen::Seen::new(Vec::new(), time::OffsetDateTime::UNIX_EPOCH));
        assert_eq!(before_after(&start, &observed).0.as_deref(), Some("not there"));
        assert_eq!(before_after(&step(Action::EnsureGroup), &observed).0, None);
    }
}
