//! How serious a line is, as far as it says so.

use crate::fleet::stage::{Mark, Marker};

/// Later is worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Debug,
    /// A line that says nothing about it is information.
    #[default]
    Info,
    Warn,
    Error,
}

/// Only a line's beginning names its level; what comes later is its subject.
const LOOK_AT: usize = 80;

impl Level {
    pub fn word(self) -> &'static str {
        ["debug", "info", "warn", "error"][self as usize]
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "trace" | "debug" => Self::Debug,
            "info" | "notice" => Self::Info,
            "warn" | "warning" => Self::Warn,
            "err" | "error" | "fatal" | "crit" | "critical" | "panic" => Self::Error,
            _ => return None,
        })
    }

    /// Reads a line without colours: a word in capitals (`WARN`, `ERR!`), or one before a colon (`error: …`), or
    /// apt's `E:` and `W:`.
    pub fn of(line: &str, marker: Option<&Marker>) -> Self {
        if marker.is_some_and(|m| m.mark == Mark::Failed) {
            return Self::Error;
        }
        match line.as_bytes() {
            [b'E', b':', b' ', ..] => return Self::Error,
            [b'W', b':', b' ', ..] => return Self::Warn,
            _ => {}
        }
        let end = (LOOK_AT.min(line.len())..=line.len()).find(|at| line.is_char_boundary(*at)).unwrap_or_default();
        let head = &line[..end];
        for (at, word) in words(head) {
            let named = word.bytes().all(|b| b.is_ascii_uppercase()) || head[at + word.len()..].starts_with(':');
            if named
                && (3..=8).contains(&word.len())
                && let Some(level) = Self::from_word(word)
            {
                return level;
            }
        }
        Self::Info
    }
}

/// Words of letters, with where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let begin = at + text[at..].find(|c: char| c.is_ascii_alphabetic())?;
        let end = text[begin..].find(|c: char| !c.is_ascii_alphabetic()).map_or(text.len(), |n| begin + n);
        at = end;
        Some((begin, &text[begin..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_what_the_line_says_and_no_subject() {
        for (line, level) in [
            ("INFO  [gateway] an ERRORS page was asked for", Level::Info),
            ("ERROR [cron] x", Level::Error),
            ("npm ERR! code E404", Level::Error),
            ("npm WARN deprecated", Level::Warn),
            ("E: Unable to locate package", Level::Error),
            ("W: GPG error", Level::Warn),
            ("error: no such thing", Level::Error),
            ("no error here", Level::Info),
            ("[DEBUG] x", Level::Debug),
            ("", Level::Info),
            ("設定設定設定設定設定設定設定設定設定設定設定設定設定設定設定 ERROR", Level::Info),
        ] {
            assert_eq!(Level::of(line, None), level, "{line}");
        }
        let failed = Marker::parse("claw-stage vault failed 2026-11-21T12:25:00Z exit 1").unwrap();
        assert_eq!(Level::of("", Some(&failed)), Level::Error);
    }
}
