use serde_json::{Value, json};

use crate::tui::{
    keymap::{Action, KEYMAP},
    keys::{
        Keys,
        file::{action_name, parse, place_name},
        names,
    },
    message::Key,
    state::Screen,
};

#[test]
fn a_file_changes_what_it_names_and_nothing_else() {
    let keys = parse("[fleet]\nstart = \"f2\"\nstop = [\"ctrl-d\", \"D\"]\n[everywhere]\nquit = \"Q\"\n").unwrap();
    assert_eq!(keys.find(Key::F(2), Screen::Fleet), Some(Action::Start));
    assert_eq!(keys.find(Key::Char('u'), Screen::Fleet), None);
    assert_eq!(keys.find(Key::Ctrl('d'), Screen::Fleet), Some(Action::Stop));
    assert_eq!(keys.find(Key::Char('Q'), Screen::Plan), Some(Action::Quit));
    assert_eq!(keys.find(Key::Char('q'), Screen::Plan), None);
    assert_eq!(keys.find(Key::Char('?'), Screen::Fleet), Some(Action::Help));
    assert!(keys.of(Some(Screen::Fleet)).any(|b| b.shown == "ctrl-d D"), "help shows the new keys");
}

#[test]
fn a_conflict_names_both_lines_and_every_mistake_is_told_at_once() {
    let wrong = parse("[fleet]\nstart = \"x\"\nstop = \"x\"\nfly = \"y\"\nmark = \"hyper-z\"\n[moon]\n").unwrap_err();
    let expected = [
        "line 4: there is no `fly` in [fleet]; there are open-machine, open-logs",
        "line 5: `hyper-z` is no key",
        "line 6: there is no screen `moon`",
        "line 3: `x` means both `start` (line 2) and `stop` (line 3) in [fleet]",
    ];
    assert_eq!(wrong.len(), expected.len(), "{wrong:#?}");
    for words in expected {
        assert!(wrong.iter().any(|w| w.starts_with(words)), "{words} not in {wrong:#?}");
    }
    let built_in = parse("[fleet]\nstart = \"d\"\n").unwrap_err();
    assert_eq!(built_in, ["line 2: `d` means both `start` (line 2) and `stop` (built in) in [fleet]"]);
    assert_eq!(parse("[fleet]\nstart = 1").unwrap_err().len(), 1);
    assert!(parse("[fleet").unwrap_err()[0].starts_with("line 1: "));
}

#[test]
fn a_read_only_session_has_no_key_that_changes_anything() {
    let keys = Keys::default().read_only();
    assert!(keys.all().all(|b| !b.binding.action.changes()));
    assert_eq!(keys.find(Key::Char('d'), Screen::Fleet), None);
    assert!(keys.find(Key::Char('p'), Screen::Fleet).is_some());
}

/// What `assets/schema/keys.json` has to be.
fn schema() -> Value {
    let keys = json!({"anyOf": [{"$ref": "#/$defs/key"}, {"type": "array", "items": {"$ref": "#/$defs/key"}}]});
    let mut places = serde_json::Map::new();
    for place in Screen::ALL.into_iter().map(Some).chain([None]) {
        let mut actions = serde_json::Map::new();
        for binding in KEYMAP.iter().filter(|b| b.screen == place) {
            let default: Vec<String> = binding.keys.iter().map(|k| names::name(*k)).collect();
            let mut one = keys.clone();
            one["description"] = json!(binding.help);
            one["default"] = json!(default);
            actions.insert(action_name(binding.action), one);
        }
        let table = json!({"type": "object", "additionalProperties": false, "properties": actions});
        places.insert(place_name(place), table);
    }
    places.insert("$schema".into(), json!({"type": "string"}));
    let pattern = "^(\\S|(ctrl|alt)-\\S|[fF]([1-9]|1[0-9]|2[0-4])|enter|esc|tab|shift-tab|backspace|delete|space|up|down|left|right|ctrl-left|ctrl-right|page-up|page-down|home|end)$";
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "claw's keys.toml",
        "description": "Keys of the window. What is not named keeps its default; an empty list takes a key away.",
        "type": "object",
        "additionalProperties": false,
        "properties": places,
        "$defs": {"key": {"type": "string", "pattern": pattern}},
    })
}

/// `UPDATE_GOLDEN=1` writes it anew.
#[test]
fn the_published_schema_is_the_keymap() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/schema/keys.json");
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/schema")).unwrap();
        std::fs::write(path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap_or_default() == text,
        "keys.json is behind: UPDATE_GOLDEN=1 writes it"
    );
    let pattern = regex::Regex::new(schema()["$defs"]["key"]["pattern"].as_str().unwrap()).unwrap();
    for key in KEYMAP.iter().flat_map(|b| b.keys) {
        assert!(pattern.is_match(&names::name(*key)), "{key:?}");
    }
}
