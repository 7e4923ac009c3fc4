//! What the window reads and keeps in the data folder: how the fleet table looks, and the operator's keys.

use std::{io::Write, path::Path};

use super::{
    fleet::prefs::Prefs,
    keys::{Keys, file},
};
use crate::ops::OpsError;

const FILE: &str = "fleet.json";

/// What was kept, or else what is usual. A file that can't be read is told of, and replaced with the next change.
pub fn read(folder: &Path) -> Result<Prefs, OpsError> {
    let path = folder.join(FILE);
    let unread = |why: String| {
        OpsError::input(format!("{} is not used: {why}", path.display()), "changing the columns writes it anew")
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str::<Prefs>(&text).map(Prefs::mended).map_err(|e| unread(e.to_string())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Prefs::default()),
        Err(e) => Err(unread(e.to_string())),
    }
}

/// The operator's keys: the file that `named` says, or else `keys.toml` in the folder, which need not be there.
pub fn keys(folder: &Path, named: Option<&Path>) -> Result<Keys, OpsError> {
    let path = named.map_or_else(|| folder.join("keys.toml"), Path::to_owned);
    let wrong = |why: String| {
        let remedy = "mend it; assets/schema/keys.json describes the file, and ? shows the keys in force";
        OpsError::input(format!("{}: {why}", path.display()), remedy)
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => file::parse(&text).map_err(|problems| wrong(problems.join("; "))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && named.is_none() => Ok(Keys::default()),
        Err(e) => Err(wrong(format!("can't be read: {e}"))),
    }
}

/// Whole or not at all.
pub fn keep(folder: &Path, prefs: &Prefs) -> Result<(), OpsError> {
    let path = folder.join(FILE);
    let fail = |e: std::io::Error| OpsError::failed(format!("{} can't be written: {e}", path.display()));
    let text = serde_json::to_string_pretty(prefs).map_err(|e| fail(e.into()))?;
    std::fs::create_dir_all(folder).map_err(fail)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    file.persist(&path).map(drop).map_err(|e| fail(e.error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_again_and_a_strange_file_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("data");
        assert_eq!(read(&folder).unwrap(), Prefs::default());
        let mut prefs = Prefs::default();
        prefs.toggle("why");
        prefs.shift(2, true);
        prefs.sort_by("age");
        keep(&folder, &prefs).unwrap();
        let read_again = read(&folder).unwrap();
        assert_eq!((read_again.shown(), &read_again.order), (prefs.shown(), &prefs.order));
        assert_eq!((read_again.sort.as_str(), read_again.descending), ("age", false));
        std::fs::write(folder.join(FILE), r#"{"order": ["age", "age", "nonsense", "name"], "hidden": ["age"]}"#)
            .unwrap();
        let mended = read(&folder).unwrap();
        assert_eq!((mended.shown(), mended.sort.as_str()), (vec!["name"], "name"));
        std::fs::write(folder.join(FILE), "{").unwrap();
        assert!(read(&folder).unwrap_err().to_string().contains("fleet.json is not used"));
    }
}
