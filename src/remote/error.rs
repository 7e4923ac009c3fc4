//! What can go wrong between claw and a machine.

use super::values::Target;

/// Kinds that callers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoteErrorKind {
    /// Nothing answers at the address (refused, timeout, proxy says no).
    Unreachable,
    /// The host key is not the pinned one. Never retried.
    HostKeyMismatch,
    /// No key is pinned yet.
    HostKeyUnknown,
    /// The machine accepts none of our keys.
    Auth,
    /// Nor our Entra certificate: its owner has no login role there, or none that is in effect yet.
    NotLetIn,
    /// The connection was lost while in use.
    Lost,
    /// The machine answered what makes no sense.
    Protocol,
}

impl RemoteErrorKind {
    /// Whether trying again can help without somebody doing something first.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable | Self::Lost | Self::Protocol)
    }
}

/// A failed operation on a machine. Never holds a secret, and no control characters.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{operation} on {machine}: {message}")]
pub struct RemoteError {
    pub kind: RemoteErrorKind,
    pub operation: String,
    pub machine: String,
    pub message: String,
    pub remedy: Option<String>,
}

impl RemoteError {
    pub(super) fn new(kind: RemoteErrorKind, operation: &str, target: &Target, message: impl AsRef<str>) -> Self {
        Self {
            kind,
            operation: operation.to_owned(),
            machine: target.machine.clone(),
            message: printable(message.as_ref()),
            remedy: None,
        }
    }

    /// A failure with a sentence for each thing that was tried.
    pub(super) fn listing(
        kind: RemoteErrorKind,
        operation: &str,
        target: &Target,
        what: &str,
        said: &[String],
    ) -> Self {
        let said: Vec<String> = said.iter().map(|sentence| printable(sentence)).collect();
        Self { message: format!("{what}: {}", said.join("; ")), ..Self::new(kind, operation, target, "") }
    }

    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The same failure, seen from another operation (a shared connection attempt).
    pub(super) fn during(mut self, operation: &str) -> Self {
        self.operation = operation.to_owned();
        self
    }
}

/// Text of a machine or a proxy made fit for one line of a terminal: no control characters, at most 400 characters.
pub(super) fn printable(text: &str) -> String {
    let mut words = String::new();
    for word in text.split(|c: char| c.is_control() || c == ' ').filter(|w| !w.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    match words.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_machine_s_words_cannot_steer_a_terminal() {
        assert_eq!(super::printable("no\r\n\u{1b}[2Jsuch  file\u{9b}1m"), "no [2Jsuch file 1m");
        assert_eq!(super::printable(&"é".repeat(500)).chars().count(), 401);
    }
}
