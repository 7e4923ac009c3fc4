//! The `idle` block. What can't be read was meant to keep something on: it switches nothing off then.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{
    IdleSettings, Problem, SHORTEST_IDLE, TOO_SHORT,
    block::{block, wrong},
    place::line_of,
};

const FIELDS: [&str; 7] = ["after", "timeZone", "workingHours", "daysOff", "keepAwakeUntil", "jobs", "shutdownAt"];

pub fn idle(text: &str, top: &BTreeMap<String, &RawValue>, problems: &mut Vec<Problem>) -> IdleSettings {
    let before = problems.len();
    let idle: IdleSettings = block(text, "idle", top, problems);
    if idle.after < SHORTEST_IDLE {
        let line = top.get("idle").map_or(1, |raw| line_of(text, raw));
        problems.push(wrong(line, "idle.after", TOO_SHORT, r#"write {"after": "2h"}"#));
    }
    let misplaced = top.keys().any(|name| misplaced(name).is_some());
    IdleSettings { unreadable: problems.len() > before || misplaced, ..idle }
}

/// What to write for a field of team.json that was meant for `idle`.
pub fn misplaced(name: &str) -> Option<String> {
    if name == "idle" {
        return None;
    }
    let lower = name.to_lowercase();
    let inner = lower.strip_prefix("idle").unwrap_or(&lower);
    if let Some(field) = FIELDS.iter().find(|field| field.to_lowercase() == inner) {
        return Some(format!("write it inside `idle`: {{\"idle\": {{\"{field}\": …}}}}"));
    }
    let is_meant = lower.starts_with("idle") || strsim::damerau_levenshtein(&lower, "idle") <= 1;
    is_meant.then(|| "did you mean `idle`?".to_owned())
}

impl Problem {
    /// Whether nobody knows any more who all the operators are: an entry, the list, or its name can't be read.
    pub fn is_about_operators(&self) -> bool {
        let block = self.field.split(['[', '.']).next().unwrap_or_default();
        strsim::damerau_levenshtein(&block.to_lowercase(), "operators") <= 2
    }

    /// Whether nobody knows any more whom a policy was meant to keep on.
    pub fn is_about_idle(&self) -> bool {
        let field = self.field.as_str();
        let own = field.strip_prefix("members[").and_then(|rest| rest.split_once("].")).map_or(field, |(_, own)| own);
        own == "idle" || own.starts_with("idle.") || misplaced(own).is_some()
    }
}
