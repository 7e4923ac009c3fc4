//! The `.env` beside team.json. Parsed only: the process's environment stays as it is.

use std::path::{Path, PathBuf};

use super::super::OpsError;

/// Assignments in order, each with its 1-based line; the last one of a name counts.
#[derive(Clone, Debug, Default)]
pub struct Dotenv {
    pub path: PathBuf,
    entries: Vec<(String, String, usize)>,
}

impl Dotenv {
    /// A file that is not there is empty.
    pub fn read(path: &Path) -> Result<Self, OpsError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Self::parse(path, ""),
            Err(e) => {
                let message = format!("{} can't be read: {e}", path.display());
                Err(OpsError::input(message, "write NAME=value lines into it, or take it away"))
            }
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, OpsError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // The line itself is not quoted: it may hold a secret.
        let malformed = |line: usize| {
            let message = format!("{}:{line}: this is no NAME=value line", path.display());
            OpsError::input(message, "write NAME=value, put quotes around a value with spaces, start a comment with #")
        };
        let lines = lines_of(text).map_err(malformed)?;
        let values = dotenvy::Iter::new(text.as_bytes()).collect::<Result<Vec<_>, _>>();
        let values = values.map_err(|_| malformed(lines.last().copied().unwrap_or(1)))?;
        let entries = values.into_iter().zip(lines).map(|((name, value), line)| (name, value, line)).collect();
        Ok(Self { path: path.to_owned(), entries })
    }

    /// The value and its line; an empty value counts as none.
    pub fn get(&self, name: &str) -> Option<(&str, usize)> {
        let (_, value, line) = self.entries.iter().rev().find(|(n, ..)| n == name)?;
        (!value.is_empty()).then_some((value.as_str(), *line))
    }
}

/// The line each assignment starts on, or the line that is none: dotenvy itself keeps no line numbers, and a
/// quoted value may run over several lines.
fn lines_of(text: &str) -> Result<Vec<usize>, usize> {
    let all: Vec<&str> = text.split_inclusive('\n').collect();
    let (mut starts, mut at) = (Vec::new(), 0);
    while at < all.len() {
        let mut read = None;
        let mut chunk = String::new();
        for (more, line) in all[at..].iter().enumerate() {
            chunk.push_str(line);
            match dotenvy::Iter::new(chunk.as_bytes()).next() {
                Some(Err(_)) => {}
                found => {
                    read = Some((more + 1, found.is_some()));
                    break;
                }
            }
        }
        let (taken, assigns) = read.ok_or(at + 1)?;
        if assigns {
            starts.push(at + 1);
        }
        at += taken;
    }
    Ok(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Dotenv, OpsError> {
        Dotenv::parse(Path::new("team/.env"), text)
    }

    #[test]
    fn lines_are_read_as_people_write_them() {
        let read = parse("\u{feff}# c\r\n\nexport A=\"x y\"\nB='z' # why\nC=1=2\nD=\nA=last\n").unwrap();
        assert_eq!(read.get("A"), Some(("last", 7)));
        assert_eq!((read.get("B"), read.get("C")), (Some(("z", 4)), Some(("1=2", 5))));
        assert_eq!((read.get("D"), read.get("E")), (None, None));
    }

    #[test]
    fn a_value_over_several_lines_keeps_the_numbers_right() {
        let read = parse("A=\"one\ntwo\"\n# c\nB=3\nC=$B\n").unwrap();
        assert_eq!((read.get("A"), read.get("B")), (Some(("one\ntwo", 1)), Some(("3", 4))));
        assert_eq!(read.get("C"), Some(("3", 5)));
    }

    #[test]
    fn a_malformed_line_is_named_and_not_quoted() {
        for text in ["A=1\nhush hush\n", "A=1\nB=\"hush\n", "A=1\n=hush"] {
            let error = parse(text).unwrap_err();
            assert!(error.message.starts_with("team/.env:2:"), "{error}");
            assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        }
    }
}
