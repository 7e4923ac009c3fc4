//! An entry of `members` that stands for a group of the directory.

use serde_json::{Map, Value, value::RawValue};

use super::{
    GroupEntry, Problem,
    place::{line_of, nearest},
};

const FIELDS: [&str; 2] = ["group", "vmSize"];

/// Whether an entry is one of a group rather than of a person.
pub fn is_group(raw: &RawValue) -> bool {
    serde_json::from_str::<Map<String, Value>>(raw.get()).is_ok_and(|fields| fields.contains_key("group"))
}

/// Every group that is written right; the others become problems, behind which anybody may stand.
pub fn groups(text: &str, entries: &[&RawValue], problems: &mut Vec<Problem>) -> Vec<GroupEntry> {
    let mut groups = Vec::new();
    for (index, raw) in entries.iter().enumerate().filter(|(_, raw)| is_group(raw)) {
        let fields: Map<String, Value> = serde_json::from_str(raw.get()).unwrap_or_default();
        let line = line_of(text, raw);
        let mut complain = |field: &str, message: String, remedy: String| {
            let field = format!("members[{index}].{field}");
            problems.push(Problem { line, field, message, remedy, hides_a_member: true });
        };
        if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            let message = format!("`{unknown}` is no field of a group");
            complain(unknown, message, nearest(unknown, &FIELDS));
            continue;
        }
        let name = fields["group"].as_str().map(str::trim).filter(|name| !name.is_empty());
        let Some(name) = name else {
            complain(
                "group",
                "the group has no name".into(),
                r#"write {"group": "Engineering"}, or its object ID"#.into(),
            );
            continue;
        };
        let vm_size = match fields.get("vmSize") {
            None => None,
            Some(Value::String(size)) if !size.is_empty() => Some(size.clone()),
            Some(_) => {
                complain("vmSize", "`vmSize` must be a VM size".into(), "write it like Standard_B2s".into());
                continue;
            }
        };
        groups.push(GroupEntry { group: name.to_owned(), vm_size, line, field: format!("members[{index}].group") });
    }
    groups
}
