//! Reads the record.

use std::{collections::HashMap, io::ErrorKind, path::Path};

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    super::OpsError,
    FILE,
    entry::{Entry, Line, State},
};

/// What the file holds, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Record {
    pub entries: Vec<Entry>,
    /// Lines that could not be read.
    pub unreadable: usize,
}

/// Every action since then, from claw's own folder. No file is no action.
pub fn read(data: &Path, since: Option<OffsetDateTime>) -> Result<Record, OpsError> {
    let path = data.join(FILE);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(parse(&String::from_utf8_lossy(&bytes), since)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Record::default()),
        Err(error) => {
            let message = format!("the record of actions, {}, can't be read: {error}", path.display());
            Err(OpsError::failed(message).with_remedy("make it readable for your account"))
        }
    }
}

pub(super) fn parse(text: &str, since: Option<OffsetDateTime>) -> Record {
    let mut record = Record::default();
    let mut open: HashMap<String, usize> = HashMap::new();
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(Line::Begun { id, at, who, what, targets, command }) => {
                if since.is_some_and(|since| at < since) {
                    continue;
                }
                open.insert(id.clone(), record.entries.len());
                let (state, words) = (State::Begun, String::new());
                let entry = Entry { id, at, ended: None, who, signed_in: None, what, targets, command, state, words };
                record.entries.push(entry);
            }
            Ok(Line::Ended { id, at, signed_in, state, words }) => {
                // The end of what began before `since` has nothing to belong to.
                if let Some(entry) = open.remove(&id).and_then(|n| record.entries.get_mut(n)) {
                    (entry.ended, entry.signed_in) = (Some(at), signed_in);
                    (entry.state, entry.words) = (state, words);
                }
            }
            Err(_) => record.unreadable += 1,
        }
    }
    record
}

/// `2h`, `3days`, `2026-11-21` or `2026-11-21T12:00:00Z`.
pub fn since(text: &str, now: OffsetDateTime) -> Result<OffsetDateTime, OpsError> {
    let ago = humantime::parse_duration(text).ok().and_then(|d| Duration::try_from(d).ok());
    let ago = ago.and_then(|ago| now.checked_sub(ago));
    let date = || OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339).ok();
    ago.or_else(|| OffsetDateTime::parse(text, &Rfc3339).ok()).or_else(date).ok_or_else(|| {
        OpsError::input(
            format!("`{text}` is no time"),
            "give one such as 2h, 3days, 2026-11-21 or 2026-11-21T12:00:00Z",
        )
    })
}
