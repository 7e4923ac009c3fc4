//! What leaves the window: text for the clipboard, and files.

use std::{io::Write, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::ops::{OpsError, private};

/// Asks the terminal to put text into the clipboard (OSC 52); one that does not know this does nothing.
pub fn copy(text: &str) {
    let mut out = std::io::stdout().lock();
    // A terminal that is gone is noticed at the next frame.
    let _ = write!(out, "\u{1b}]52;c;{}\u{7}", STANDARD.encode(text)).and_then(|()| out.flush());
}

/// Writes a new file, for its owner alone; one that is there is left as it is.
pub fn save(path: &str, text: &str) -> Result<String, OpsError> {
    let written = private::create_new(Path::new(path)).and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Ok(()) => Ok(format!("saved {} lines to {path}", text.lines().count())),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(OpsError::input(format!("{path} is there already"), "give another name: nothing is overwritten"))
        }
        Err(e) => Err(OpsError::input(format!("{path} can't be written: {e}"), "give another folder or name")),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_made_for_its_owner_and_none_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let path = path.to_str().unwrap();
        assert_eq!(super::save(path, "a\nb\n").unwrap(), format!("saved 2 lines to {path}"));
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(super::save(path, "c").unwrap_err().to_string().contains("is there already"));
        assert_eq!(std::fs::read_to_string(path).unwrap(), "a\nb\n");
    }
}
