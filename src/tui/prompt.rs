//! A line that is being typed at the bottom of the window.

use super::field::Field;

/// What it is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Narrows the record of actions.
    Search,
    /// A command of the palette.
    Palette,
    /// A command for many machines.
    Exec,
    /// A paired device's new name.
    Rename,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pub kind: Kind,
    pub line: Field,
    /// The completion under the cursor; none is chosen while one types.
    pub chosen: Option<usize>,
}

impl Prompt {
    pub fn new(kind: Kind, text: &str) -> Self {
        Self { kind, line: Field::new(text), chosen: None }
    }

    /// What stands in front of it.
    pub fn sign(&self) -> &'static str {
        match self.kind {
            Kind::Search => "/",
            Kind::Palette => ":",
            Kind::Exec => "run: ",
            Kind::Rename => "its new name: ",
        }
    }
}
