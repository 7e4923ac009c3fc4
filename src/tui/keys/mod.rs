//! The keys in force: the keymap, with what the operator's file changed, without what this session may not do.

pub mod file;
pub mod names;

use super::{
    keymap::{Action, Binding, KEYMAP},
    message::Key,
    state::Screen,
};

/// A binding and the keys that it has now.
#[derive(Clone, Debug)]
pub struct Bound {
    pub binding: &'static Binding,
    pub keys: Vec<Key>,
    /// As shown, e.g. `↑ k`.
    pub shown: String,
}

#[derive(Clone, Debug)]
pub struct Keys {
    bound: Vec<Bound>,
    read_only: bool,
}

impl Default for Keys {
    fn default() -> Self {
        Self { bound: KEYMAP.iter().map(|b| Bound::new(b, b.keys.to_vec())).collect(), read_only: false }
    }
}

impl Bound {
    pub fn new(binding: &'static Binding, keys: Vec<Key>) -> Self {
        let shown = keys.iter().map(|k| names::shown(*k)).collect::<Vec<_>>().join(" ");
        Self { binding, keys, shown }
    }
}

impl Keys {
    /// Without what changes anything: a `--read-only` session neither shows nor takes those keys.
    pub fn read_only(mut self) -> Self {
        self.bound.retain(|b| !b.binding.action.changes());
        self.read_only = true;
        self
    }

    /// Whether this session has the action at all, with a key or by its name.
    pub fn allow(&self, action: Action) -> bool {
        !(self.read_only && action.changes())
    }

    pub fn all(&self) -> impl Iterator<Item = &Bound> {
        self.bound.iter().filter(|b| !b.keys.is_empty())
    }

    /// Those of one screen, or with `None` those that hold everywhere.
    pub fn of(&self, screen: Option<Screen>) -> impl Iterator<Item = &Bound> {
        self.all().filter(move |b| b.binding.screen == screen)
    }

    /// What a key does on a screen; the screen's own binding wins.
    pub fn find(&self, key: Key, screen: Screen) -> Option<Action> {
        let at = |place| self.of(place).find(|b| b.keys.contains(&key));
        at(Some(screen)).or_else(|| at(None)).map(|b| b.binding.action)
    }
}
