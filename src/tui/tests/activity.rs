//! The record of actions: shown, searched, written out.

use super::{fixtures::*, terminal::draw};
use crate::tui::{
    message::{Command, Key, Message},
    state::Screen,
};

#[test]
fn the_record_is_searched_as_one_types_and_what_is_found_is_exported() {
    let mut state = recorded();
    assert_eq!(state.actions().next().unwrap().command, "claw exec --all -- …", "newest first");
    key(&mut state, "/ALICE claw");
    assert_eq!(state.lines(Screen::Activity), 2);
    assert!(draw(&state, 80, 24).contains("/ALICE claw "), "{}", draw(&state, 80, 24));
    send(&mut state, Message::Key(Key::Enter));
    assert_eq!(key(&mut state, "e"), [Command::ExportActivity { search: "ALICE claw".into() }]);
    key(&mut state, "/zzz");
    assert!(draw(&state, 80, 24).contains("none of 5 actions"));
    send(&mut state, Message::Key(Key::Esc));
    assert_eq!(state.lines(Screen::Activity), 5);
}

#[test]
fn the_record_is_read_again_after_an_action_and_the_cursor_stays_on_its_line() {
    let mut state = recorded();
    key(&mut state, "j");
    let command =
        |state: &crate::tui::state::State| state.actions().nth(state.at(Screen::Activity)).unwrap().id.clone();
    assert_eq!(command(&state), "2");
    assert_eq!(send(&mut state, Message::Done("stopped".into())), [Command::ReadActivity]);
    let mut record = state.record.clone().unwrap();
    let newest = record.entries[1].clone();
    record.entries.push(newest);
    assert_eq!(send(&mut state, Message::Activity(record)), []);
    assert_eq!(command(&state), "2");
    let failed = Message::Failed { operation: "activity".into(), message: "no".into(), remedy: None };
    assert_eq!(send(&mut state, failed), [], "no endless reading");
}
