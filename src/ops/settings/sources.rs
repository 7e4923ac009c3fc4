//! Looks a setting up: flag, then environment, then `.env`.

use std::path::{Path, PathBuf};

use super::{
    super::OpsError,
    dotenv::Dotenv,
    origin::{Origin, Sourced},
    paths,
};
use crate::azure::Environment;

/// A flag and what was given for it, if anything.
pub struct Flag<'a> {
    name: &'static str,
    value: Option<&'a str>,
}

impl<'a> Flag<'a> {
    pub fn text(name: &'static str, value: Option<&'a str>) -> Self {
        Self { name, value }
    }

    /// A path that is no text is left out: no file of claw's has such a name.
    pub fn path(name: &'static str, value: Option<&'a Path>) -> Self {
        Self { name, value: value.and_then(Path::to_str) }
    }
}

/// Whom claw talks to and where it keeps its keys is said by whoever runs it: a folder that came from somebody else
/// would lead tokens and secrets through their proxy, or bring an administrator's key of theirs.
fn personal(dotenv: &Dotenv) -> Result<(), OpsError> {
    for name in ["CLAW_CLOUD", "CLAW_DATA", "ADDRESS_SERVICES"] {
        let Some((value, line)) = dotenv.get(name) else { continue };
        if name != "CLAW_CLOUD" || Environment::named(value).is_none() {
            let message = format!("{}:{line}: {name} is not taken from a file of the team", dotenv.path.display());
            return Err(OpsError::input(message, "set it in your environment or by its flag, and take the line away"));
        }
    }
    Ok(())
}

/// The process's environment and the `.env` file.
pub struct Sources<'a> {
    dotenv: Dotenv,
    environment: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Sources<'a> {
    pub fn open(team: &Path, environment: &'a dyn Fn(&str) -> Option<String>) -> Result<Self, OpsError> {
        let dotenv = Dotenv::read(&team.with_file_name(".env"))?;
        personal(&dotenv)?;
        Ok(Self { dotenv, environment })
    }

    /// A variable of the process only: credentials and proxies are no matter of a project's `.env`.
    pub fn variable(&self, name: &'static str) -> Option<Sourced> {
        let value = (self.environment)(name).filter(|value| !value.is_empty())?;
        Some(Sourced::new(value, Origin::Variable { name }))
    }

    /// The strongest voice; an empty value is none.
    pub fn find(&self, flag: Flag<'_>, variable: &'static str) -> Option<Sourced> {
        if let Some(value) = flag.value.filter(|value| !value.is_empty()) {
            return Some(Sourced::new(value.to_owned(), Origin::Flag { name: flag.name }));
        }
        self.variable(variable).or_else(|| {
            let (value, line) = self.dotenv.get(variable)?;
            Some(Sourced::new(value.to_owned(), Origin::Dotenv { file: self.dotenv.path.clone(), line }))
        })
    }

    /// The same for a path: `~` is the home folder, and what `.env` names lies beside it.
    pub fn path(&self, flag: Flag<'_>, variable: &'static str) -> Option<Sourced<PathBuf>> {
        let Sourced { value, origin } = self.find(flag, variable)?;
        let path = paths::expand(&value);
        let path = match &origin {
            Origin::Dotenv { file, .. } => file.with_file_name("").join(path),
            _ => path,
        };
        Some(Sourced::new(path, origin))
    }
}
