//! How keys are written: `s`, `ctrl-c`, `alt-x`, `enter`, `f5`.

use crate::tui::message::Key;

/// Names of keys that are no letter, with the sign they are shown as.
const NAMED: &[(&str, Key, &str)] = &[
    ("enter", Key::Enter, "enter"),
    ("esc", Key::Esc, "esc"),
    ("tab", Key::Tab, "tab"),
    ("shift-tab", Key::BackTab, "shift-tab"),
    ("backspace", Key::Backspace, "backspace"),
    ("delete", Key::Delete, "delete"),
    ("space", Key::Char(' '), "space"),
    ("up", Key::Up, "↑"),
    ("down", Key::Down, "↓"),
    ("left", Key::Left, "←"),
    ("right", Key::Right, "→"),
    ("ctrl-left", Key::WordLeft, "ctrl-←"),
    ("ctrl-right", Key::WordRight, "ctrl-→"),
    ("page-up", Key::PageUp, "page-up"),
    ("page-down", Key::PageDown, "page-down"),
    ("home", Key::Home, "home"),
    ("end", Key::End, "end"),
];

/// Reads a key's name; `None` when there is no such key.
pub fn parse(name: &str) -> Option<Key> {
    if let Some((_, key, _)) = NAMED.iter().find(|(n, ..)| n.eq_ignore_ascii_case(name)) {
        return Some(*key);
    }
    if let Some(c) = only(name) {
        return (!c.is_control() && !c.is_whitespace()).then_some(Key::Char(c));
    }
    if let Some(n) = name.strip_prefix(['f', 'F']).and_then(|n| n.parse().ok()) {
        return (1..=24).contains(&n).then_some(Key::F(n));
    }
    let (modifier, rest) = name.split_once('-')?;
    let c = only(rest).filter(|c| !c.is_control() && !c.is_whitespace())?;
    match modifier.to_ascii_lowercase().as_str() {
        "ctrl" => Some(Key::Ctrl(c.to_ascii_lowercase())),
        "alt" => Some(Key::Alt(c)),
        _ => None,
    }
}

fn only(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// The name as a file has it.
pub fn name(key: Key) -> String {
    named(key).map_or_else(|| plain(key), |(name, ..)| (*name).to_owned())
}

/// The name as the screen shows it.
pub fn shown(key: Key) -> String {
    named(key).map_or_else(|| plain(key), |(.., sign)| (*sign).to_owned())
}

fn named(key: Key) -> Option<&'static (&'static str, Key, &'static str)> {
    NAMED.iter().find(|(_, k, _)| *k == key)
}

fn plain(key: Key) -> String {
    match key {
        Key::Char(c) => c.to_string(),
        Key::Ctrl(c) => format!("ctrl-{c}"),
        Key::Alt(c) => format!("alt-{c}"),
        Key::F(n) => format!("f{n}"),
        // All others have a name in the table; a test goes through them.
        other => format!("{other:?}").to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_key() {
        let letters = ['a', 'S', '?', '/', '-', '#', 'ä'].map(Key::Char);
        let others = [Key::Ctrl('c'), Key::Alt('x'), Key::Ctrl('-'), Key::F(1), Key::F(24)];
        for key in letters.into_iter().chain(others).chain(NAMED.iter().map(|n| n.1)) {
            assert_eq!(parse(&name(key)), Some(key), "{key:?}");
        }
        for bad in ["", "ctrl-", "ctrl-enter", "hyper-x", "f0", "f25", "ab", " ", "\n"] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }
}
