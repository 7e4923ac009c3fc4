//! What was seen of the machines' power, a line a look, kept in claw's own folder for `cost`.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
};

use time::OffsetDateTime;

use super::{private, snapshot::stem};
use crate::fleet::{cost::history::History, instance::Instance, names::Names, seen::Seen};

/// Adds a look, if it says something new. A folder that can't be written to costs hours, nothing else.
pub(super) fn note(data: &Path, names: &Names, machines: &Seen<Vec<Instance>>) {
    if let Err(error) = append(data, names, machines) {
        tracing::warn!(%error, "the machines' hours could not be kept");
    }
}

/// The looks of the month that `at` is in.
pub(super) fn of_month(data: &Path, names: &Names, at: OffsetDateTime) -> History {
    std::fs::read_to_string(path(data, names, at)).map_or_else(|_| History::default(), |text| History::read(&text))
}

fn append(data: &Path, names: &Names, machines: &Seen<Vec<Instance>>) -> std::io::Result<()> {
    let path = path(data, names, machines.at);
    if let Some(folder) = path.parent() {
        private::folder(folder)?;
    }
    let mut file = private::open(OpenOptions::new().read(true).append(true).create(true), &path)?;
    // Lines build on each other, and a window and a script may look at the same time. Dropping it lets go.
    File::lock(&file)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let Some(look) = History::read(&text).news(&machines.value, machines.at) else { return Ok(()) };
    // A line that was cut off must not swallow this one.
    let begin = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    file.write_all(format!("{begin}{}\n", serde_json::to_string(&look)?).as_bytes())
}

/// A file for each fleet and month, by UTC.
fn path(data: &Path, names: &Names, at: OffsetDateTime) -> PathBuf {
    let at = at.to_offset(time::UtcOffset::UTC);
    let fleet = stem(&names.subscription, &names.resource_group);
    data.join("hours").join(format!("{fleet}-{:04}-{:02}.jsonl", at.year(), u8::from(at.month())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_off_costs_its_hours_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let names = Names { subscription: "S".into(), resource_group: "G(1)".into(), location: String::new() };
        let instance: Instance =
            serde_json::from_value(serde_json::json!({"name": "claw-a", "id": "a", "vm_size": "s",
            "provisioning": "", "created": null, "tags": {},
            "power": {"value": "running", "at": "1970-01-01T00:00:00Z"}}))
            .unwrap();
        let start = time::macros::datetime!(2026-11-20 08:00 UTC);
        let look = |minutes: i64| {
            let at = start + time::Duration::minutes(minutes);
            note(folder.path(), &names, &Seen::new(vec![instance.clone()], at));
        };
        look(0);
        look(30);
        let path = path(folder.path(), &names, start);
        assert!(path.ends_with("hours/g(1)-043a7187-2026-11.jsonl"), "{path:?}");
        OpenOptions::new().append(true).open(&path).unwrap().write_all(br#"{"at":"2026-"#).unwrap();
        look(60);
        look(90);
        let hours = |history: &History| -> Vec<i64> {
            history.spans("claw-a").iter().map(|s| (s.to - s.from).whole_minutes()).collect()
        };
        assert_eq!(hours(&of_month(folder.path(), &names, start)), [30, 30]);
        assert_eq!(hours(&of_month(folder.path(), &names, start + time::Duration::days(30))), [0; 0]);
    }
}
