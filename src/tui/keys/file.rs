//! The operator's `keys.toml`: a table for each screen and one for `everywhere`, action = key or list of keys.

use std::collections::{BTreeMap, HashMap};

use toml::de::{DeTable, DeValue};

use super::{Bound, Keys, names};
use crate::tui::{
    keymap::{Action, KEYMAP},
    message::Key,
    state::Screen,
};

/// The table's name in the file.
pub fn place_name(screen: Option<Screen>) -> String {
    screen.map_or_else(|| "everywhere".to_owned(), |s| s.title().to_lowercase())
}

/// The action's name in the file: `OpenLogs` is `open-logs`, `Go(Plan)` is `go-plan`.
pub fn action_name(action: Action) -> String {
    let mut name = String::new();
    for c in format!("{action:?}").chars().filter(|c| *c != ')') {
        if (c.is_uppercase() || c == '(') && !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        name.extend(c.to_lowercase().filter(|c| *c != '('));
    }
    name
}

/// The same as values: place, action, keys.
pub type Changed = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// A file that would lead to these keys.
pub fn changed(keys: &Keys) -> Changed {
    let mut all = Changed::new();
    for Bound { binding, keys, .. } in keys.bound.iter().filter(|b| b.keys != b.binding.keys) {
        let names = keys.iter().map(|key| names::name(*key)).collect();
        all.entry(place_name(binding.screen)).or_default().insert(action_name(binding.action), names);
    }
    all
}

/// The keys that such a file leads to; `None` where it is none of this version's.
pub fn of(changed: &Changed) -> Option<Keys> {
    parse(&toml::to_string(changed).ok()?).ok()
}

/// A key of the file, where it stands.
struct Entry {
    place: Option<Screen>,
    action: Action,
    keys: Vec<Key>,
    line: usize,
}

/// The keymap with what the file changes. The error names every line that is wrong, and both of two that conflict.
pub fn parse(text: &str) -> Result<Keys, Vec<String>> {
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            return Err(vec![format!("line {line}: {}", error.message())]);
        }
    };
    let (mut entries, mut wrong) = (Vec::new(), Vec::new());
    for (place, inner) in &table {
        let line = line_of(text, place.span().start);
        let name: &str = place.get_ref();
        if name == "$schema" {
            continue;
        }
        let screens = Screen::ALL.into_iter().map(Some).chain([None]);
        let Some(found) = screens.into_iter().find(|s| place_name(*s) == name) else {
            let all = Screen::ALL.map(|s| place_name(Some(s))).join(", ");
            wrong.push(format!("line {line}: there is no screen `{name}`; write one of {all} or everywhere"));
            continue;
        };
        let DeValue::Table(inner) = inner.get_ref() else {
            wrong.push(format!("line {line}: `{name}` must be a table: write [{name}] in a line of its own"));
            continue;
        };
        for (action, value) in inner {
            let line = line_of(text, action.span().start);
            match entry(found, action.get_ref(), value.get_ref(), line) {
                Ok(entry) => entries.push(entry),
                Err(why) => wrong.push(format!("line {line}: {why}")),
            }
        }
    }
    let (keys, lines) = merge(&entries);
    wrong.extend(conflicts(&keys, &lines));
    if wrong.is_empty() { Ok(keys) } else { Err(wrong) }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

fn entry(place: Option<Screen>, name: &str, value: &DeValue<'_>, line: usize) -> Result<Entry, String> {
    let known = || KEYMAP.iter().filter(|b| b.screen == place).map(|b| b.action);
    let action = known().find(|a| action_name(*a) == name).ok_or_else(|| {
        let all = known().map(action_name).collect::<Vec<_>>().join(", ");
        format!("there is no `{name}` in [{}]; there are {all}", place_name(place))
    })?;
    let words: Vec<&str> = match value {
        DeValue::String(one) => vec![one],
        DeValue::Array(many) => many
            .iter()
            .map(|one| match one.get_ref() {
                DeValue::String(one) => Ok(&**one),
                _ => Err(format!("`{name}` wants keys as text, such as \"s\"")),
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(format!("`{name}` wants a key such as \"s\", or a list of keys")),
    };
    let keys = words.into_iter().map(|word| {
        names::parse(word)
            .ok_or_else(|| format!("`{word}` is no key; write it as s, ctrl-s, alt-s, enter, space or f5"))
    });
    Ok(Entry { place, action, keys: keys.collect::<Result<_, _>>()?, line })
}

/// Keys by binding, and the line each changed binding stands in.
fn merge(entries: &[Entry]) -> (Keys, Vec<Option<usize>>) {
    let bound = KEYMAP.iter().map(|binding| {
        let entry = entries.iter().find(|e| e.place == binding.screen && e.action == binding.action);
        let keys = entry.map_or_else(|| binding.keys.to_vec(), |e| e.keys.clone());
        (Bound::new(binding, keys), entry.map(|e| e.line))
    });
    let (bound, lines) = bound.unzip();
    (Keys { bound, read_only: false }, lines)
}

/// Two meanings of one key in one place. One that holds everywhere may mean something else on a screen, as it does by
/// default, but not by the file alone: that hid a key unseen.
fn conflicts(keys: &Keys, lines: &[Option<usize>]) -> Vec<String> {
    let mut taken: HashMap<(Option<Screen>, Key), usize> = HashMap::new();
    let mut wrong = Vec::new();
    for (n, bound) in keys.bound.iter().enumerate() {
        for key in &bound.keys {
            let Some(other) = taken.insert((bound.binding.screen, *key), n).filter(|other| *other != n) else {
                continue;
            };
            let says = |n: usize| {
                let name = action_name(keys.bound[n].binding.action);
                lines[n].map_or_else(|| format!("`{name}` (built in)"), |line| format!("`{name}` (line {line})"))
            };
            let at = lines[n].or(lines[other]).unwrap_or(1);
            let (key, place) = (names::name(*key), place_name(bound.binding.screen));
            wrong.push(format!("line {at}: `{key}` means both {} and {} in [{place}]", says(other), says(n)));
        }
    }
    wrong
}
