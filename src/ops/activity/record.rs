//! Writes the record.

use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use time::OffsetDateTime;

use super::{
    super::{OpsError, Session, private, redact::redacted},
    FILE,
    act::Act,
    entry::{Ending, Entry, Line, State},
};

/// An action could not be written down, as on a full disk.
static LOST: AtomicBool = AtomicBool::new(false);

/// Whether an action of this process could not be written down. It was not held up by that: whoever stops a machine
/// on a full disk wants it stopped.
pub fn lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// Does the work and keeps it in the record, also when it is given up halfway.
pub async fn kept<T>(
    session: &Session,
    act: Act,
    work: impl Future<Output = Result<T, OpsError>>,
    ending: impl FnOnce(&T) -> Ending,
) -> Result<T, OpsError> {
    let open = Open::begin(session, &act);
    let result = work.await;
    let ending = result.as_ref().map_or_else(Ending::from, ending);
    open.end(ending);
    result
}

/// An action that has begun; dropped before its end it was interrupted.
struct Open<'a> {
    session: &'a Session,
    id: String,
    ended: bool,
}

impl<'a> Open<'a> {
    fn begin(session: &'a Session, act: &Act) -> Self {
        let id = uuid::Uuid::new_v4().to_string();
        let line = Line::Begun {
            id: id.clone(),
            at: OffsetDateTime::now_utc(),
            who: account(),
            what: act.what.to_owned(),
            targets: act.targets.iter().map(|t| redacted(t)).collect(),
            command: act.line(),
        };
        append(&session.settings().data, &line);
        Self { session, id, ended: false }
    }

    fn end(mut self, ending: Ending) {
        self.write(ending);
    }

    fn write(&mut self, Ending { state, words }: Ending) {
        self.ended = true;
        let at = OffsetDateTime::now_utc();
        let signed_in = self.session.cloud().known_caller().map(|caller| caller.name.clone());
        let line = Line::Ended { id: self.id.clone(), at, signed_in, state, words: redacted(&words) };
        append(&self.session.settings().data, &line);
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.write(Ending { state: State::Interrupted, words: "given up before its end".into() });
        }
    }
}

/// The account on this computer.
fn account() -> String {
    let named = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    named.unwrap_or_else(|| "unknown".into())
}

fn append(data: &Path, line: &Line) {
    let written = serde_json::to_string(line).map_err(std::io::Error::from).and_then(|text| {
        // In one piece, so that the lines of two processes don't mix.
        private::open(OpenOptions::new().append(true).create(true), &data.join(FILE))?
            .write_all(format!("{text}\n").as_bytes())
    });
    if let Err(error) = written {
        LOST.store(true, Ordering::Relaxed);
        tracing::warn!("an action could not be written down: {error}");
    }
}

/// Writes actions as a JSON document into a new file of `folder`; never over another.
pub fn export(folder: &Path, entries: &[Entry]) -> Result<PathBuf, OpsError> {
    let name = format!("claw-activity-{}.json", OffsetDateTime::now_utc().unix_timestamp());
    let path = folder.join(name);
    let document = serde_json::json!({"schema": "claw/activity/v1", "entries": entries, "unreadable": 0});
    let written = private::create_new(&path).and_then(|mut file| file.write_all(format!("{document:#}\n").as_bytes()));
    written.map_err(|error| OpsError::failed(format!("{} can't be written: {error}", path.display())))?;
    Ok(path)
}
