//! Every line that is typed: cursor, words, undo, paste.

use ratatui::{Terminal, backend::TestBackend, style::Modifier};

use super::{fixtures::*, setup::first, terminal::draw};
use crate::tui::{
    message::{Command, Key, Message},
    setup::Step,
    state::State,
    view,
};

fn press(state: &mut State, keys: &[Key]) -> Vec<Command> {
    keys.iter().flat_map(|key| send(state, Message::Key(*key))).collect()
}

fn paste(state: &mut State, text: &str) -> Vec<Command> {
    send(state, Message::Paste(text.into()))
}

/// What is typed in the palette.
fn line(state: &State) -> &str {
    state.prompt.as_ref().unwrap().line.text()
}

/// The places that the cursor takes on the screen, with what stands there.
fn cursor(state: &State, width: u16, height: u16) -> Vec<(u16, u16, String)> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(state, frame)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let is_cursor = |at: &(u16, u16)| buffer[*at].modifier.contains(Modifier::REVERSED);
    places.filter(is_cursor).map(|(x, y)| (x, y, buffer[(x, y)].symbol().to_owned())).collect()
}

#[test]
fn a_line_is_edited_where_its_cursor_stands() {
    let mut state = ready();
    key(&mut state, ":stop bob");
    press(&mut state, &[Key::WordLeft, Key::Left]);
    key(&mut state, "X");
    assert_eq!(line(&state), "stopX bob");
    press(&mut state, &[Key::Home, Key::Delete, Key::End, Key::Backspace]);
    assert_eq!(line(&state), "topX bo");
    press(&mut state, &[Key::Ctrl('w'), Key::Ctrl('a'), Key::Ctrl('k')]);
    assert_eq!(line(&state), "");
    press(&mut state, &[Key::Ctrl('z')]);
    assert_eq!(line(&state), "topX ", "undone");
    press(&mut state, &[Key::Ctrl('e'), Key::Left, Key::Ctrl('u')]);
    assert_eq!(line(&state), " ", "up to the cursor");
    press(&mut state, &[Key::Ctrl('y'), Key::Ctrl('j'), Key::Ctrl('m'), Key::Alt('x'), Key::F(3)]);
    assert_eq!(line(&state), "topX ", "what was cut comes back, and a line stays a line");
}

#[test]
fn every_line_has_a_cursor() {
    let back = [Key::Left, Key::Left, Key::Char('-')];
    let mut state = ready();
    key(&mut state, "/alice");
    press(&mut state, &back);
    assert_eq!(state.fleet.filter.text(), "ali-ce", "the filter counts as it is typed");
    assert!(state.fleet.shown.is_empty());
    let mut state = bootstrapping();
    key(&mut state, "3/node");
    press(&mut state, &back);
    assert_eq!(state.log_look.search.as_ref().unwrap().typed, "no-de");
    let mut state = recorded();
    key(&mut state, "/down");
    press(&mut state, &back);
    assert_eq!(state.search, "do-wn");
    let mut state = ready();
    key(&mut state, "d");
    key(&mut state, "claw-alic");
    press(&mut state, &[Key::Home, Key::Char('x'), Key::Backspace, Key::End, Key::Char('e')]);
    assert!(matches!(press(&mut state, &[Key::Enter])[..], [Command::Power { .. }]), "the name that was asked for");
    let mut state = first();
    key(&mut state, "ab@example.com");
    press(&mut state, &[Key::Home, Key::Right, Key::Char('-')]);
    assert!(draw(&state, 80, 24).contains("a-b@example.com"));
}

#[test]
fn the_cursor_stands_in_the_right_cell_behind_wide_characters_and_in_a_long_line() {
    let mut state = ready();
    key(&mut state, ":電話x");
    assert_eq!(cursor(&state, 80, 24), [(7, 21, " ".into())]);
    press(&mut state, &[Key::Left, Key::Left]);
    assert_eq!(cursor(&state, 80, 24)[0], (4, 21, "話".into()));
    key(&mut state, &"y".repeat(200));
    let at = cursor(&state, 80, 24);
    assert!(at.iter().any(|(x, _, sign)| *x > 70 && sign == "話"), "{at:?}");
    press(&mut state, &[Key::Home]);
    assert_eq!(cursor(&state, 80, 24)[0], (2, 21, "電".into()));
}

#[test]
fn what_is_pasted_goes_into_the_line_as_one_and_presses_no_key() {
    let mut state = ready();
    assert_eq!(paste(&mut state, "dclaw-alice\r"), []);
    assert!(state.confirm.is_none() && state.note.as_ref().unwrap().1);
    key(&mut state, "d");
    paste(&mut state, "claw-alice\r\n");
    assert!(state.confirm.is_some(), "a line's end does not confirm");
    assert!(matches!(press(&mut state, &[Key::Enter])[..], [Command::Power { .. }]));
    key(&mut state, "/");
    paste(&mut state, "al\nice\n");
    assert_eq!(state.fleet.filter.text(), "al ice");
    press(&mut state, &[Key::Ctrl('z')]);
    assert_eq!((state.fleet.filter.text(), state.fleet.shown.len()), ("", 5), "undone as one");
    let mut state = planned();
    key(&mut state, "a");
    assert_eq!(paste(&mut state, "y"), [], "a question without a line");
    assert!(state.confirm.is_some());
}

#[test]
fn pasted_secrets_are_taken_line_by_line_and_stay_masked() {
    let mut state = first();
    paste(&mut state, "alice@example.com\nbob@example.com\n");
    press(&mut state, &[Key::Enter; 4]);
    assert_eq!(state.setup.as_ref().unwrap().step, Step::Secrets);
    paste(&mut state, "# mine\nKEY=hunter2\r\rOTHER=電話hunter3\n");
    press(&mut state, &[Key::Left, Key::Left]);
    let drawn = draw(&state, 80, 24);
    assert!(drawn.contains("OTHER=•••••••••") && !drawn.contains("hunter"), "{drawn}");
    assert_eq!(cursor(&state, 80, 24).len(), 1);
    assert!(!format!("{state:?}").contains("hunter"), "nor where a log could show it");
    press(&mut state, &[Key::Ctrl('u'), Key::Ctrl('z')]);
    assert!(!format!("{state:?}").contains("hunter"), "nor what could be undone");
    press(&mut state, &[Key::Enter, Key::Enter]);
    let commands = key(&mut state, "y");
    let [Command::Found { team, secrets }] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!(crate::fleet::team::parse(team).unwrap().team.members.len(), 2);
    let secrets = &secrets.as_ref().unwrap().0;
    assert!(secrets.contains(r#""KEY": "hunter2""#) && secrets.contains(r#""OTHER": "電話hunter3""#));
}

#[test]
fn many_addresses_are_typed_over_several_rows() {
    let mut state = first();
    let all: Vec<String> = (0..9).map(|n| format!("member{n}@example.com")).collect();
    paste(&mut state, &all.join("\n"));
    let drawn = draw(&state, 60, 16);
    assert!(drawn.contains("member8@") && drawn.contains("Resource group"), "{drawn}");
    assert_eq!(cursor(&state, 60, 16).len(), 1);
}

#[test]
fn terminals_tell_words_and_pastes() {
    use crate::tui::input::message;
    use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
    let key = |code, held| match message(&Event::Key(KeyEvent::new(code, held))) {
        Some(Message::Key(key)) => key,
        other => panic!("{other:?}"),
    };
    assert_eq!(key(KeyCode::Left, KeyModifiers::CONTROL), Key::WordLeft);
    assert_eq!(key(KeyCode::Right, KeyModifiers::ALT), Key::WordRight);
    assert_eq!(key(KeyCode::Backspace, KeyModifiers::ALT), Key::Ctrl('w'));
    assert_eq!(key(KeyCode::Left, KeyModifiers::SHIFT), Key::Left);
    assert!(matches!(message(&Event::Paste("a\nb".into())), Some(Message::Paste(text)) if text == "a\nb"));
}

#[test]
fn the_cursor_goes_through_every_line_of_a_comparison() {
    let mut state = diffed();
    let diff = state.diff.as_mut().unwrap();
    let one = diff.machines[0].changes[0].clone();
    diff.machines[0].changes =
        (0..50).map(|n| crate::fleet::config::Change { path: format!("path.{n}"), ..one.clone() }).collect();
    assert!(!draw(&state, 80, 24).contains("path.49"));
    send(&mut state, Message::Key(Key::End));
    let drawn = draw(&state, 80, 24);
    assert!(drawn.contains("path.49") && drawn.contains("▌? claw-dana"), "{drawn}");
}
