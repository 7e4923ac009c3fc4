//! The command palette: completion, and that it does what keys do, with the same questions.

use proptest::prelude::*;

use super::{fixtures::*, terminal::draw};
use crate::{
    ops::power::Power,
    tui::{
        keymap::KEYMAP,
        message::{Command, Key, Message},
        palette::{VERBS, choices, read},
        state::{Screen, State},
    },
};

fn typed(state: &mut State, line: &str) -> Vec<Command> {
    key(state, ":");
    key(state, line);
    send(state, Message::Key(Key::Enter))
}

#[test]
fn verbs_and_machine_names_complete() {
    let mut state = ready();
    let lines = |state: &State, typed: &str| choices(state, typed).into_iter().map(|c| c.line).collect::<Vec<_>>();
    assert_eq!(lines(&state, "st"), ["start", "stop", "restart"]);
    assert_eq!(lines(&state, "cfp"), ["config push"], "letters in order");
    assert_eq!(lines(&state, "stop b"), ["stop bob"]);
    assert_eq!(lines(&state, "stop bob a")[..2], ["stop bob alice", "stop bob chandra"]);
    assert!(lines(&state, "nothing like it").is_empty());

    key(&mut state, ":sto");
    send(&mut state, Message::Key(Key::Tab));
    assert_eq!(state.prompt.as_ref().unwrap().line.text(), "stop ");
    send(&mut state, Message::Key(Key::Tab));
    send(&mut state, Message::Key(Key::Tab));
    let drawn = draw(&state, 80, 24);
    assert!(drawn.contains("▌stop bob") && drawn.contains(":stop bob "), "{drawn}");
    assert_eq!(send(&mut state, Message::Key(Key::Enter)), []);
    assert!(state.confirm.as_ref().unwrap().question.starts_with("This will stop claw-bob"), "asks as the key does");
}

#[test]
fn a_line_does_what_the_command_line_does() {
    let mut state = ready();
    let power = |machines: &[&str], power| {
        vec![Command::Power { machines: machines.iter().map(|m| (*m).to_owned()).collect(), power }]
    };
    assert_eq!(typed(&mut state, "start alice claw-bob"), []);
    assert_eq!(key(&mut state, "y"), power(&["claw-alice", "claw-bob"], Power::Start));
    assert_eq!(typed(&mut state, "claw stop erin@example.com"), []);
    key(&mut state, "claw-erin");
    assert_eq!(send(&mut state, Message::Key(Key::Enter)), power(&["claw-erin"], Power::Stop));
    assert_eq!(typed(&mut state, "ssh dana"), [Command::Shell("claw-dana".into())]);
    assert_eq!(typed(&mut state, "open dana"), [Command::Open("claw-dana".into())]);
    assert_eq!(typed(&mut state, "logs chandra"), []);
    assert_eq!((state.screen, state.selected_machine().unwrap().as_str()), (Screen::Logs, "claw-chandra"));
    assert_eq!(typed(&mut state, "plan"), [Command::Plan]);
    for (line, says) in [
        ("stop al", "no machine `al`"),
        ("stop", "which machine"),
        ("dance", "there is no `dance`"),
        ("plan x", "takes no name"),
        ("ssh alice bob", "one machine"),
    ] {
        assert_eq!(typed(&mut state, line), []);
        assert!(state.note.as_ref().is_some_and(|(words, bad)| *bad && words.contains(says)), "{:?}", state.note);
    }
    assert_eq!(typed(&mut state, "quit"), [Command::Quit]);
}

#[test]
fn a_session_that_only_reads_has_no_verb_that_changes_something() {
    let mut state = ready();
    state.keys = state.keys.read_only();
    assert!(choices(&state, "stop").is_empty() && choices(&state, "stop al").is_empty());
    assert!(read(&state, "stop alice").is_err() && read(&state, "up").is_err() && read(&state, "logs alice").is_ok());
}

#[test]
fn every_verb_is_also_a_key() {
    for verb in VERBS {
        let (crate::tui::palette::Does::Act(action) | crate::tui::palette::Does::To(action)) = verb.does;
        assert!(KEYMAP.iter().any(|b| b.action == action), "{}", verb.words);
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_a_completion_can_be_completed_or_run(line in "(st|ssh|co| |op|al|bob|[a-z ]){0,6}") {
        let state = ready();
        for choice in choices(&state, &line) {
            prop_assert!(choices(&state, &choice.line).iter().any(|c| c.line == choice.line), "{line}: {choice:?}");
        }
        // No line panics.
        let _ = read(&state, &line);
    }
}
