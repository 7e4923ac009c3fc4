//! Where a setting's value came from.

use std::{fmt, path::PathBuf};

use serde::Serialize;

/// Rising: each of these wins over the ones above it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// Built into claw.
    Default,
    /// A line of team.json, 1-based.
    Team { file: PathBuf, line: usize },
    /// A cloud file (`--cloud FILE`).
    CloudFile { file: PathBuf },
    /// A line of the `.env` beside team.json, 1-based.
    Dotenv { file: PathBuf, line: usize },
    /// A variable of the process's environment.
    Variable { name: &'static str },
    /// A flag of the command line.
    Flag { name: &'static str },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Team { file, line } | Self::Dotenv { file, line } => write!(f, "{}:{line}", file.display()),
            Self::CloudFile { file } => write!(f, "{}", file.display()),
            Self::Variable { name } => write!(f, "variable {name}"),
            Self::Flag { name } => write!(f, "flag {name}"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sourced<T = String> {
    pub value: T,
    pub origin: Origin,
}

impl<T> Sourced<T> {
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    pub fn built_in(value: T) -> Self {
        Self::new(value, Origin::Default)
    }
}
