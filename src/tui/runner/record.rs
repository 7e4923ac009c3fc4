//! A recording of the window: every message it got, with the time, redacted; a bug report is a file.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    ops::{OpsError, private, redact::redact_json},
    tui::{message::Message, opening::Opening},
};

const SCHEMA: &str = "claw/recording/v1";

#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
    version: String,
    #[serde(default)]
    opening: Opening,
}

/// What was recorded.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    pub opening: Opening,
    /// With the milliseconds since its beginning.
    pub messages: Vec<(u64, Message)>,
}

/// One line of a recording.
#[derive(Serialize, Deserialize)]
struct Line<M> {
    /// Milliseconds since the recording began.
    ms: u64,
    message: M,
}

pub struct Recorder {
    out: BufWriter<File>,
    begun: Instant,
}

impl Recorder {
    /// Begins a new file, which only its owner may read; one that is there is left alone.
    pub fn create(path: &Path, opening: &Opening) -> Result<Self, OpsError> {
        let fail = |e: std::io::Error| {
            let message = format!("{} can't be recorded to: {e}", path.display());
            OpsError::input(message, "name a new file with --record FILE")
        };
        let (schema, version) = (SCHEMA.into(), env!("CARGO_PKG_VERSION").into());
        let head = Head { schema, version, opening: opening.clone() };
        let mut out = BufWriter::new(private::create_new(path).map_err(fail)?);
        let text = serde_json::to_string(&head).map_err(|e| fail(e.into()))?;
        writeln!(out, "{text}").map_err(fail)?;
        Ok(Self { out, begun: Instant::now() })
    }

    /// A line that can't be written ends the recording, not the window.
    pub fn take(&mut self, message: &Message) -> std::io::Result<()> {
        let ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let text = serde_json::to_string(&Line { ms, message: clean(message)? })?;
        writeln!(self.out, "{text}")?;
        // A crash is what a recording is for: a tick is the longest that is lost.
        if matches!(message, Message::Tick(_) | Message::Key(_) | Message::Paste(_) | Message::Mouse(_)) {
            self.out.flush()
        } else {
            Ok(())
        }
    }
}

/// Without what looks like a secret. Keys stay: what they type into is no secret's place.
fn clean(message: &Message) -> std::io::Result<Value> {
    let mut value = serde_json::to_value(message)?;
    if !matches!(message, Message::Key(_)) {
        redact_json(&mut value);
    }
    Ok(value)
}

/// A last line that was cut off is left out.
pub fn read(path: &Path) -> Result<Recording, OpsError> {
    let shown = path.display().to_string();
    let file = File::open(path).map_err(|e| unreadable(&shown, &e))?;
    parse(BufReader::new(file), &shown)
}

fn unreadable(shown: &str, why: &std::io::Error) -> OpsError {
    OpsError::input(format!("{shown} can't be read: {why}"), "name what --record wrote")
}

/// The same from any text; `shown` is what it is called.
pub fn parse(text: impl BufRead, shown: &str) -> Result<Recording, OpsError> {
    let fail = |e: std::io::Error| unreadable(shown, &e);
    let mut lines = text.lines();
    let head = lines.next().transpose().map_err(fail)?.unwrap_or_default();
    let opening = match serde_json::from_str::<Head>(&head) {
        Ok(head) if head.schema == SCHEMA => head.opening,
        _ => return Err(OpsError::input(format!("{shown} is no recording of claw's"), "name what --record wrote")),
    };
    let mut messages = Vec::new();
    let mut broken = None;
    for (n, line) in lines.enumerate() {
        if let Some((at, why)) = broken {
            let message = format!("{shown}, line {at}: {why}");
            return Err(OpsError::input(message, "replay it with the version of claw that recorded it"));
        }
        match serde_json::from_str::<Line<Message>>(&line.map_err(fail)?) {
            Ok(line) => messages.push((line.ms, line.message)),
            Err(why) => broken = Some((n + 2, why)),
        }
    }
    Ok(Recording { opening, messages })
}
