//! The order in which a template's resources can be made.

use super::template::{Found, Planned};
use crate::sim::arm::{Call, error::ArmError, target::Target};

/// Resources with the places of those that come before each; every one stands behind what it depends on.
pub fn order(call: &Call, found: Vec<Found>) -> Result<Vec<Planned>, ArmError> {
    let mut ids = Vec::new();
    for resource in &found {
        let target = target(call, resource)?;
        if ids.iter().any(|other: &Target| other.key() == target.key()) {
            let message = format!("The resource '{}' is defined multiple times in a template", resource.name);
            return Err(ArmError::invalid_template(&message));
        }
        ids.push(target);
    }
    let mut before = Vec::new();
    for resource in &found {
        let places = resource.depends_on.iter().map(|name| place(name, &found, &ids));
        before.push(places.collect::<Result<Vec<_>, _>>()?);
    }
    let order = sorted(&before).map_err(|at| {
        let message = format!("Circular dependency detected on resource: '{}'", ids[at].id());
        ArmError::invalid_template(&message)
    })?;
    let wanted: Vec<usize> = order.into_iter().filter(|at| found[*at].is_wanted).collect();
    let planned = wanted.iter().map(|at| {
        let resource = &found[*at];
        // What is left out passes on what it would have waited for.
        let after = through(*at, &before, &found);
        Planned {
            target: ids[*at].clone(),
            kind: resource.kind.clone(),
            name: resource.name.clone(),
            api_version: resource.api_version.clone(),
            body: resource.body.clone(),
            after: after.iter().filter_map(|b| wanted.iter().position(|w| w == b)).collect(),
        }
    });
    Ok(planned.collect())
}

fn through(at: usize, before: &[Vec<usize>], found: &[Found]) -> Vec<usize> {
    let nested = before[at].iter().map(|b| if found[*b].is_wanted { vec![*b] } else { through(*b, before, found) });
    nested.flatten().collect()
}

fn target(call: &Call, resource: &Found) -> Result<Target, ArmError> {
    let (kind, name) = (&resource.kind, &resource.name);
    let wrong = || {
        let message = format!(
            "The template resource '{name}' for type '{kind}' has incorrect segment lengths. A nested resource type must have identical number of segments as its resource name"
        );
        ArmError::invalid_template(&message)
    };
    let (namespace, types) = kind.split_once('/').ok_or_else(wrong)?;
    let (types, names): (Vec<&str>, Vec<&str>) = (types.split('/').collect(), name.split('/').collect());
    if types.len() != names.len() {
        return Err(wrong());
    }
    let group = call.target.group_id();
    // A scope is an id, or one relative to the group.
    let root = match resource.scope.as_deref() {
        None => group,
        Some(scope) if scope.starts_with('/') => scope.to_owned(),
        Some(scope) => format!("{group}/providers/{scope}"),
    };
    let mut path = format!("{root}/providers/{namespace}");
    for (kind, name) in types.iter().zip(&names) {
        path.push_str(&format!("/{kind}/{name}"));
    }
    Target::parse(&path).ok_or_else(wrong)
}

/// A dependency is named by id, by type and name, or by name alone.
fn place(name: &str, found: &[Found], ids: &[Target]) -> Result<usize, ArmError> {
    let is_meant = |at: &usize| {
        let at = *at;
        ids[at].key() == name.to_ascii_lowercase()
            || format!("{}/{}", found[at].kind, found[at].name).eq_ignore_ascii_case(name)
            || found[at].name.eq_ignore_ascii_case(name)
    };
    (0..found.len()).find(is_meant).ok_or_else(|| {
        let message = format!(
            "The resource '{name}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details"
        );
        ArmError::invalid_template(&message)
    })
}

/// Places in an order that puts each behind its own; one of a circle when there is one. Stable.
fn sorted(before: &[Vec<usize>]) -> Result<Vec<usize>, usize> {
    let mut order: Vec<usize> = Vec::new();
    while order.len() < before.len() {
        let is_ready = |at: &usize| !order.contains(at) && before[*at].iter().all(|b| order.contains(b));
        match (0..before.len()).find(is_ready) {
            Some(at) => order.push(at),
            None => return Err((0..before.len()).find(|at| !order.contains(at)).unwrap_or(0)),
        }
    }
    Ok(order)
}
