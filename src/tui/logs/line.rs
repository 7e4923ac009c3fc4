//! One log line as it is kept.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{ansi::plain, level::Level};
use crate::fleet::stage::{Mark, Marker};

/// Kept of a line, in bytes; the rest is counted.
const LONGEST: usize = 8 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its place among the lines of all logs, in the order in which they arrived.
    pub number: u64,
    /// When it was written, if it says so; otherwise when it arrived. Seconds since 1970.
    pub at: i64,
    /// Whether `at` is what the line itself says.
    pub own_time: bool,
    pub level: Level,
    /// A stage of bootstrapping begins here.
    pub begins_stage: bool,
    /// A marker of bootstrapping, or claw's own word about the log.
    pub special: bool,
    /// Bytes of `text` that are its time.
    time_length: u16,
    /// As it came: colours and control characters are still in it.
    text: Box<str>,
}

impl Line {
    pub fn new(text: String, now: OffsetDateTime) -> Self {
        let text = cut(text);
        let bare = plain(&text);
        let marker = Marker::parse(&bare);
        let (time_length, own) = own_time(&text).map_or((0, None), |(length, at)| (length, Some(at)));
        let own = own.or(marker.as_ref().map(|m| m.at));
        let level = Level::of(bare.get(usize::from(time_length)..).unwrap_or(&bare), marker.as_ref());
        Self {
            number: 0,
            at: own.unwrap_or(now).unix_timestamp(),
            own_time: own.is_some(),
            level,
            begins_stage: marker.as_ref().is_some_and(|m| m.mark == Mark::Begin),
            special: marker.is_some(),
            time_length,
            text: text.into_boxed_str(),
        }
    }

    /// claw's own word about a log.
    pub fn note(text: &str, now: OffsetDateTime) -> Self {
        Self { special: true, ..Self::new(format!("· {text}"), now) }
    }

    /// All of it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Without the time at its start.
    pub fn body(&self) -> &str {
        &self.text[usize::from(self.time_length)..]
    }

    /// What it costs to keep, in bytes, its place in the lists counted.
    pub fn weight(&self) -> usize {
        self.text.len() + size_of::<Self>() + size_of::<u64>()
    }
}

fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        let at = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let rest = text.len() - at;
        text.truncate(at);
        text.push_str(&format!(" … (+{rest} bytes)"));
    }
    text
}

/// The RFC 3339 time at a line's start, and the bytes it takes with the blanks behind it.
fn own_time(text: &str) -> Option<(u16, OffsetDateTime)> {
    // Cheap first: most lines of a bootstrap have none.
    if !text.starts_with("20") || text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let (word, _) = text.split_once(' ')?;
    let at = OffsetDateTime::parse(word, &Rfc3339).ok()?;
    let rest = text[word.len()..].trim_start_matches(' ');
    Some((u16::try_from(text.len() - rest.len()).ok()?, at))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00:00 UTC);

    #[test]
    fn a_line_that_names_its_time_keeps_it() {
        let line = Line::new("2026-11-21T07:34:07.046+00:00 WARN  [ws] slow".into(), NOW);
        assert_eq!((line.body(), line.own_time, line.level), ("WARN  [ws] slow", true, Level::Warn));
        assert_eq!(line.at, datetime!(2026-11-21 07:34:07 UTC).unix_timestamp());
        let line = Line::new("Unpacking npm".into(), NOW);
        assert_eq!((line.body(), line.own_time, line.at), ("Unpacking npm", false, NOW.unix_timestamp()));
        let line = Line::new("claw-stage node begin 2026-11-21T01:02:03Z".into(), NOW);
        assert!(line.begins_stage && line.special && line.own_time && line.body().starts_with("claw-stage"));
    }

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        let line = Line::new("é".repeat(10_000), NOW);
        assert!(line.weight() < LONGEST + 200 && line.text().ends_with(" … (+11808 bytes)"), "{}", line.weight());
    }
}
