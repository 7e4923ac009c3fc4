//! The VM list (azure.md §3.1).

use serde_json::Value;

use super::view;
use crate::sim::arm::{Answer, ArmError, Call, store};

/// With an instance view pages are smaller.
const PAGE: usize = 200;

/// `$expand=instanceView` is legal only together with the filter on the scale set, whose one form is exact.
pub fn vms(call: &Call) -> Answer {
    let state = call.world.state();
    store::group_exists(&state, &call.target)?;
    let expands = match call.query("$expand") {
        None => false,
        Some(e) if e.eq_ignore_ascii_case("instanceView") => true,
        Some(other) => {
            return Err(ArmError::parameter("$expand", format!("The expand '{other}' is not supported.")));
        }
    };
    let set = call.query("$filter").map(scale_set).transpose()?;
    if expands && set.is_none() {
        let message = "The expand parameter is supported only together with a filter on 'virtualMachineScaleSet/id'.";
        return Err(ArmError::parameter("$expand", message));
    }
    let is_chosen = |vm: &Value| {
        let own = vm["properties"]["virtualMachineScaleSet"]["id"].as_str().unwrap_or_default();
        set.as_ref().is_none_or(|set| own.eq_ignore_ascii_case(set))
    };
    let all = store::collect(&state, &call.target).into_iter().filter(is_chosen);
    let shown = all.map(|vm| view::listed(&vm)).map(|vm| if expands { vm } else { view::without(&vm) }).collect();
    Ok(store::page(call, shown, PAGE))
}

/// `'virtualMachineScaleSet/id' eq '{id}'`: the property's path itself is quoted.
fn scale_set(filter: &str) -> Result<String, ArmError> {
    let parts: Vec<&str> = filter.trim().split('\'').collect();
    match parts.as_slice() {
        ["", property, eq, id, ""]
            if property.eq_ignore_ascii_case("virtualMachineScaleSet/id") && eq.trim().eq_ignore_ascii_case("eq") =>
        {
            Ok((*id).to_owned())
        }
        _ => Err(ArmError::parameter("$filter", format!("The filter \"{filter}\" is not supported."))),
    }
}
