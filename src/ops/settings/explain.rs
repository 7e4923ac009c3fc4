//! `claw status --explain-config`: every setting, its value, and where it came from. Asks nobody.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::{
    super::OpsError,
    Settings,
    origin::{Origin, Sourced},
};
use crate::fleet::team::{self, Team};

/// One setting. Never holds a secret: files and identities are named, not opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub name: String,
    /// `null` when nothing is set and nothing is built in.
    pub value: Option<String>,
    pub origin: Origin,
}

impl Row {
    pub(super) fn of(name: &str, value: &Sourced) -> Self {
        Self { name: name.into(), value: Some(value.value.clone()), origin: value.origin.clone() }
    }

    pub(super) fn maybe(name: &str, value: Option<&Sourced>) -> Self {
        value.map_or_else(|| Self { name: name.into(), value: None, origin: Origin::Default }, |v| Self::of(name, v))
    }

    pub(super) fn file(name: &str, path: &Sourced<PathBuf>) -> Self {
        Self { name: name.into(), value: Some(path.value.display().to_string()), origin: path.origin.clone() }
    }

    pub(super) fn path(name: &str, path: &Path, flag: Option<&'static str>) -> Self {
        let origin = flag.map_or(Origin::Default, |name| Origin::Flag { name });
        Self::file(name, &Sourced::new(path.to_owned(), origin))
    }
}

/// All rows: the settings', then what team.json says of the fleet.
pub fn explain(settings: &Settings, team: &Team) -> Result<Vec<Row>, OpsError> {
    settings.place(team)?;
    let mut rows = settings.rows.clone();
    let blocks = serde_json::to_value(team).map_err(|e| OpsError::failed(e.to_string()))?;
    for block in ["fleet", "network", "idle"] {
        for (field, value) in blocks[block].as_object().into_iter().flatten() {
            let over = match (block, field.as_str()) {
                ("fleet", "resourceGroup") => Some(("group", &settings.resource_group)),
                ("fleet", "location") => Some(("location", &settings.location)),
                _ => None,
            };
            let said = from_team(&settings.team, &[block, field], in_words(value));
            rows.push(match over {
                Some((name, over)) => Row::of(name, over.as_ref().unwrap_or(&said)),
                None => Row::of(&format!("{block}.{field}"), &said),
            });
        }
    }
    Ok(rows)
}

/// A value of team.json with the line it stands in, or the built-in one when the file doesn't name it.
pub(super) fn from_team(path: &Path, field: &[&str], value: String) -> Sourced {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = team::line_of_field(&text, field);
    let origin = line.map_or(Origin::Default, |line| Origin::Team { file: path.to_owned(), line });
    Sourced::new(value, origin)
}

fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) if all.is_empty() => "any".into(),
        Value::Array(all) => all.iter().map(in_words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
