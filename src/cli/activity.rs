//! `claw activity`.

use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Output, table::table};
use crate::ops::{OpsError, Session, activity};

/// Asks nobody: the record lies in claw's own folder.
pub fn run(session: &Session, since: Option<&str>, search: Option<&str>, output: &Output) -> Result<u8, OpsError> {
    let since = since.map(|text| activity::since(text, OffsetDateTime::now_utc())).transpose()?;
    let mut record = activity::read(&session.settings().data, since)?;
    record.entries.retain(|entry| search.is_none_or(|words| entry.matches(words)));
    let document = json!({"entries": record.entries, "unreadable": record.unreadable});
    output.result("activity", &document, || {
        let rows = record.entries.iter().map(|entry| {
            let at = entry.at.replace_nanosecond(0).unwrap_or(entry.at).format(&Rfc3339).unwrap_or_default();
            let who = entry.signed_in.clone().unwrap_or_else(|| entry.who.clone());
            [at, who, entry.command.clone(), entry.state.word().to_owned(), entry.words.clone()]
        });
        table(["WHEN", "WHO", "COMMAND", "RESULT", ""], rows)
    });
    if record.unreadable > 0 {
        output.note(&format!("lines of the record that could not be read: {}", record.unreadable));
    }
    Ok(0)
}
