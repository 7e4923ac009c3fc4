//! An action as a person would type it.

use super::super::redact::redacted;

/// Stands for a command that ran on machines: it may hold a secret.
pub const UNTOLD: &str = "…";

/// What is done, to what, and the line that does the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// E.g. `config push`.
    pub what: &'static str,
    /// Machines, requests, ranges … it is done to; empty for the whole fleet.
    pub targets: Vec<String>,
    words: Vec<String>,
}

impl Act {
    /// `claw <what>`.
    pub fn new(what: &'static str) -> Self {
        Self { what, targets: Vec::new(), words: Vec::new() }
    }

    /// Adds what it is done to, as arguments.
    pub fn on<S: AsRef<str>>(mut self, targets: impl IntoIterator<Item = S>) -> Self {
        let targets: Vec<String> = targets.into_iter().map(|t| t.as_ref().to_owned()).collect();
        self.words.extend(targets.iter().cloned());
        self.targets.extend(targets);
        self
    }

    /// Says what it is done to, which the line does not need to.
    pub fn about<S: AsRef<str>>(mut self, targets: impl IntoIterator<Item = S>) -> Self {
        self.targets.extend(targets.into_iter().map(|t| t.as_ref().to_owned()));
        self
    }

    /// Adds a flag with its value, if there is one.
    pub fn with(mut self, flag: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.words.extend([flag.to_owned(), value.to_owned()]);
        }
        self
    }

    /// Adds a word, if it applies.
    pub fn when(mut self, applies: bool, word: &str) -> Self {
        if applies {
            self.words.push(word.to_owned());
        }
        self
    }

    /// The `claw …` line, quoted for a shell, without anything that looks like a secret.
    pub fn line(&self) -> String {
        let words = self.words.iter().map(|word| quoted(&redacted(word)));
        ["claw".to_owned(), self.what.to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
    }
}

/// A word of a command line, quoted for a shell where it needs that.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,…".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
