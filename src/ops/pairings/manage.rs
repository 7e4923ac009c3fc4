//! Devices that are paired: call one by a name, change or take away its tokens, forget it.

use serde_json::json;

use super::{ask, asked, decide::names, only};
use crate::{
    fleet::{instance::PowerState, pairing::PairedDevice},
    ops::{
        OpsError, Session,
        activity::{self, Act, Ending},
        gateway,
        session::pick,
    },
};

/// Characters of a label.
const LONGEST: usize = 100;

/// What to do with a paired device. A role of `None` is every role that it has a token for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Its tokens stop to hold; it has to ask again.
    Revoke {
        role: Option<String>,
    },
    /// Its tokens are replaced; only the device itself gets the new ones.
    Rotate {
        role: Option<String>,
    },
    Rename {
        label: String,
    },
    /// Forgotten altogether.
    Remove,
}

/// Changes one device, named by its ID, the beginning of it (8 characters or more), or its label.
pub async fn change(
    session: &Session,
    machine: Option<&str>,
    device: &str,
    change: &Change,
) -> Result<PairedDevice, OpsError> {
    let act = match change {
        Change::Revoke { role } => Act::new("devices revoke").on([device]).with("--role", role.as_deref()),
        Change::Rotate { role } => Act::new("devices rotate").on([device]).with("--role", role.as_deref()),
        Change::Rename { label } => Act::new("devices rename").on([device]).when(true, label),
        Change::Remove => Act::new("devices remove").on([device]),
    };
    let act = act.with("--machine", machine);
    let ending = |d: &PairedDevice| Ending::done(format!("{} at {}", d.label, d.machine));
    activity::kept(session, act, carry_out(session, machine, device, change), ending).await
}

async fn carry_out(
    session: &Session,
    machine: Option<&str>,
    device: &str,
    change: &Change,
) -> Result<PairedDevice, OpsError> {
    session.may_change()?;
    if let Change::Rename { label } = change
        && (label.trim().is_empty() || label.chars().count() > LONGEST)
    {
        let message = format!("a device can't be called that: a label has 1 to {LONGEST} characters, not all blank");
        return Err(OpsError::input(message, "claw devices rename DEVICE 'a shorter name'"));
    }
    let machines = asked(session, machine).await?;
    let mut inbox = ask(session, machines.clone()).await;
    inbox.paired.retain(|d| is(d, device));
    let what = format!("paired device `{device}`");
    let found = only(inbox.paired, &what, "claw devices lists the paired devices", &inbox.unreachable)?;
    let is_all = inbox.unreachable.is_empty() && machines.iter().all(|i| i.power.value == PowerState::Running);
    if machine.is_none() && !is_all && !has_id(&found, device) {
        return Err(OpsError::input(
            format!("a device called `{device}` was found at {}, and not every machine could be asked", found.machine),
            "if it is that one, add --machine; or name it by its ID, which claw devices shows",
        ));
    }
    let gateway = gateway::connect(session, pick(&machines, &found.machine)?).await?;
    for (method, params) in calls(&found, change)? {
        let answer = gateway.call(method, params).await?;
        names(&answer, "deviceId", &found.device_id, &found.machine)?;
    }
    Ok(found)
}

fn is(device: &PairedDevice, name: &str) -> bool {
    device.label == name || has_id(device, name)
}

fn has_id(device: &PairedDevice, name: &str) -> bool {
    device.device_id == name || (name.len() >= 8 && device.device_id.starts_with(name))
}

fn calls(device: &PairedDevice, change: &Change) -> Result<Vec<(&'static str, serde_json::Value)>, OpsError> {
    let id = &device.device_id;
    let of_roles = |method: &'static str, role: &Option<String>| {
        let roles = role.as_ref().map_or_else(|| device.roles.clone(), |role| vec![role.clone()]);
        if roles.is_empty() {
            let message = format!("{} has no token that holds", device.label);
            return Err(OpsError::input(message, "it has to ask again, or remove it with claw devices remove"));
        }
        Ok(roles.into_iter().map(|role| (method, json!({"deviceId": id, "role": role}))).collect())
    };
    match change {
        Change::Revoke { role } => of_roles("device.token.revoke", role),
        Change::Rotate { role } => of_roles("device.token.rotate", role),
        Change::Rename { label } => Ok(vec![("device.pair.rename", json!({"deviceId": id, "label": label}))]),
        Change::Remove => Ok(vec![("device.pair.remove", json!({"deviceId": id}))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(roles: &[&str]) -> PairedDevice {
        PairedDevice {
            machine: "m".into(),
            device_id: "3cb7120a13c64a6a".into(),
            label: "phone".into(),
            scopes: Vec::new(),
            roles: roles.iter().map(|r| (*r).to_owned()).collect(),
            connected: false,
            last_seen: None,
        }
    }

    #[test]
    fn every_role_that_holds_unless_one_is_named() {
        let all = calls(&device(&["operator", "node"]), &Change::Revoke { role: None }).unwrap();
        assert_eq!(all.iter().map(|(_, p)| p["role"].as_str().unwrap()).collect::<Vec<_>>(), ["operator", "node"]);
        let one = calls(&device(&[]), &Change::Rotate { role: Some("node".into()) }).unwrap();
        assert_eq!(one[0].1["role"], "node");
        assert!(calls(&device(&[]), &Change::Revoke { role: None }).is_err());
    }

    #[test]
    fn a_short_beginning_names_nothing() {
        let names = |name| is(&device(&[]), name);
        assert!(names("phone") && names("3cb7120a") && names("3cb7120a13c64a6a"));
        assert!(!names("3cb7") && !names("") && !names("pho"));
    }
}
