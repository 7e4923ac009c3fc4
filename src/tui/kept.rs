//! What the window reads and keeps in the data folder: how the fleet table looks, and the operator's keys.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    fleet::prefs::Prefs,
    keys::{Keys, file},
    theme::{BUILT_IN, Look, Theme, parse},
};
use crate::ops::{OpsError, private};

const FILE: &str = "fleet.json";

/// All files that make the window the operator's own.
pub struct Files {
    pub keys: Keys,
    pub look: Look,
    /// All that there are, by name, and the one in force.
    pub themes: Vec<(String, Theme)>,
    pub theme: Option<String>,
    /// What is wrong with these is no reason not to open.
    pub prefs: Result<Prefs, OpsError>,
}

impl Files {
    pub fn read(folder: &Path) -> Result<Self, OpsError> {
        let env = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let named = env("CLAW_KEYS").map(PathBuf::from);
        let prefs = read(folder);
        let themes = themes(folder);
        let chosen = prefs.as_ref().ok().and_then(|p| p.theme.clone()).filter(|t| themes.iter().any(|(n, _)| n == t));
        let name = env("CLAW_THEME").or(chosen).unwrap_or_else(|| Look::usual(env).to_owned());
        let look = Look { theme: theme(folder, &name)?, ..Look::default() }.of_terminal(env);
        Ok(Self { keys: keys(folder, named.as_deref())?, look, themes, theme: Some(name), prefs })
    }
}

/// Those that come with claw, and the operator's that can be read; theirs win.
fn themes(folder: &Path) -> Vec<(String, Theme)> {
    let own = std::fs::read_dir(folder.join("themes")).into_iter().flatten().flatten();
    let own = own.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".toml")?.to_owned()));
    let mut names: Vec<String> = BUILT_IN.iter().map(|t| t.0.to_owned()).chain(own).collect();
    names.sort();
    names.dedup();
    names.into_iter().filter_map(|name| Some((name.clone(), theme(folder, &name).ok()?))).collect()
}

/// A theme: a file by its path, or by its name one of the operator's `themes` folder, or one that comes with claw.
pub fn theme(folder: &Path, name: &str) -> Result<Theme, OpsError> {
    let is_path = name.contains('/') || name.ends_with(".toml");
    let path = if is_path { PathBuf::from(name) } else { folder.join("themes").join(format!("{name}.toml")) };
    let names = BUILT_IN.map(|t| t.0).join(", ");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) => match BUILT_IN.iter().find(|t| !is_path && t.0 == name) {
            Some((_, text)) => (*text).to_owned(),
            None => {
                let remedy = format!("set CLAW_THEME to a file, or to one of {names}");
                return Err(OpsError::input(format!("there is no theme {name}: {}: {e}", path.display()), remedy));
            }
        },
    };
    let wrong =
        |e: toml::de::Error| OpsError::input(format!("{}: {}", path.display(), e.to_string().trim()), "mend it");
    parse(&text).map_err(wrong)
}

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
    private::folder(folder).map_err(fail)?;
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
