//! Virtual machines: created, read, and asked for their console.

use serde_json::json;

use super::{VM, attach, birth, disk, preconditions, profile, settle, update, view};
use crate::sim::{
    arm::{
        Answer, ArmError, Call, Reply, lro,
        memory::{Form, Vm},
        store::{self, group_is_writable, insert, located},
    },
    blob::signature,
};

/// A new VM, or a change of an old one. What failed to be created is created anew under the same identity.
pub fn put(call: &Call) -> Answer {
    located(&call.body)?;
    check_name(call)?;
    let key = call.target.key();
    let is_new = {
        let mut state = call.world.state();
        group_is_writable(&state, &call.target)?;
        preconditions(call, &state)?;
        let kept = state.resources.get(&key).map(|r| r.body.clone());
        let was_made = state.machines.contains_key(&key) || state.arm.vms.get(&key).is_some_and(|vm| vm.busy.is_some());
        if kept.is_some() && was_made {
            drop(state);
            return update::put(call);
        }
        let (mut body, spec) = profile::read(call, &state)?;
        if let Some(kept) = &kept {
            update::check_disk(kept, &body)?;
            body["properties"]["vmId"] = kept["properties"]["vmId"].clone();
        }
        attach::check_new(call, &state, &body)?;
        attach::mark(&mut state, &call.target.id(), &body["properties"]);
        disk::make(&mut state, call, &body);
        insert(&mut state, &call.target, body);
        let at = call.world.clock.now();
        let vm = Vm { spec, power: None, busy: None, os_ready: false, failure: None, at };
        state.arm.vms.insert(key.clone(), vm);
        settle::begin(call, &mut state, "create", None)?;
        kept.is_none()
    };
    let work = birth::create(call.world.clone(), key.clone(), call.is_struck);
    let operation = lro::start(&call.world, Form::Compute, work);
    let body = call.world.state().resources.get(&key).map(|r| view::without(&r.body)).unwrap_or_default();
    Ok(lro::accepted(call, Form::Compute, operation, Reply::json(if is_new { 201 } else { 200 }, &body)))
}

fn check_name(call: &Call) -> Result<(), ArmError> {
    let name = call.target.name();
    let fits = (1..=64).contains(&name.len()) && !name.ends_with('.') && !name.ends_with('-') && !name.starts_with('_');
    match fits {
        true => Ok(()),
        false => Err(ArmError::parameter("name", format!("The resource name '{name}' is invalid."))),
    }
}

/// GET, with the instance view when `$expand` asks for it.
pub fn get(call: &Call) -> Answer {
    let state = call.world.state();
    store::group_exists(&state, &call.target)?;
    let found = state.resources.get(&call.target.key()).ok_or_else(|| call.not_found())?;
    let expands = call.query("$expand").is_some_and(|e| e.eq_ignore_ascii_case("instanceView"));
    Ok(Reply::json(200, &if expands { found.body.clone() } else { view::without(&found.body) }))
}

pub fn instance_view(call: &Call) -> Answer {
    let state = call.world.state();
    store::group_exists(&state, &call.target)?;
    let found = state.resources.get(&call.target.key()).filter(|r| r.kind == VM).ok_or_else(|| call.not_found())?;
    Ok(Reply::json(200, &found.body["properties"]["instanceView"]))
}

/// Synchronous; the addresses carry their own permission (azure.md §1.12).
pub fn boot_diagnostics(call: &Call) -> Answer {
    let state = call.world.state();
    let found = state.resources.get(&call.target.key()).ok_or_else(|| call.not_found())?;
    if found.body["properties"]["diagnosticsProfile"]["bootDiagnostics"]["enabled"] != true {
        let message = format!("Boot diagnostics is not enabled for VM '{}'.", call.target.name());
        return Err(ArmError::conflict("OperationNotAllowed", message));
    }
    let minutes = call.query("sasUriExpirationTimeInMinutes").and_then(|m| m.parse::<i64>().ok()).unwrap_or(120);
    if !(1..=1440).contains(&minutes) {
        let message = "The value of parameter sasUriExpirationTimeInMinutes must be between 1 and 1440.";
        return Err(ArmError::parameter("sasUriExpirationTimeInMinutes", message));
    }
    let expires = store::stamp(call.world.clock.now() + time::Duration::minutes(minutes));
    let expires = format!("{}Z", expires.split('.').next().unwrap_or_default());
    let blob = |suffix: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([("sv", "2022-11-02"), ("sr", "b"), ("sp", "r"), ("se", expires.as_str())]);
        query.append_pair("sig", &signature(&call.target.id()));
        let name = call.target.name();
        let host = call.world.scenario.cloud.hosts().blob;
        format!("https://clawdiag.{host}/bootdiagnostics/{name}.{suffix}?{}", query.finish())
    };
    Ok(Reply::json(
        200,
        &json!({
            "consoleScreenshotBlobUri": blob("screenshot.bmp"),
            "serialConsoleLogBlobUri": blob("serialconsole.log"),
        }),
    ))
}
