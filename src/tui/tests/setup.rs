//! The first run.

use super::{fixtures::*, terminal::draw};
use crate::tui::{
    message::{Command, Key, Message},
    setup::{Setup, Step},
    state::{Screen, State},
};

pub fn first() -> State {
    let mut state = empty();
    (state.setup, state.screen) = (Some(Setup::default()), Screen::Setup);
    state
}

fn press(state: &mut State, key: Key) -> Vec<Command> {
    send(state, Message::Key(key))
}

fn step(state: &State) -> Step {
    state.setup.as_ref().unwrap().step
}

#[test]
fn both_files_are_made_step_by_step_and_checked_as_they_are_typed() {
    let mut state = first();
    press(&mut state, Key::Enter);
    assert_eq!(step(&state), Step::Members, "nobody yet");
    key(&mut state, "alice@example.com, bob");
    assert!(draw(&state, 80, 24).contains("   ! "), "{}", draw(&state, 80, 24));
    press(&mut state, Key::Enter);
    assert_eq!(step(&state), Step::Members);
    key(&mut state, "@example.com");
    for wanted in [Step::Group, Step::Location] {
        press(&mut state, Key::Enter);
        assert_eq!(step(&state), wanted);
    }
    key(&mut state, " US");
    assert!(draw(&state, 80, 24).contains("no short name"));
    press(&mut state, Key::Backspace);
    press(&mut state, Key::Backspace);
    press(&mut state, Key::Backspace);
    press(&mut state, Key::Enter);
    press(&mut state, Key::Enter);
    assert_eq!(step(&state), Step::Secrets);
    key(&mut state, "KEY=hunter2");
    let drawn = draw(&state, 80, 24);
    assert!(drawn.contains("KEY=•••••••") && !drawn.contains("hunter2"), "{drawn}");
    assert!(!format!("{state:?}").contains("hunter2"), "nor where a log could show it");
    press(&mut state, Key::Enter);
    assert!(draw(&state, 80, 24).contains("Secrets           "), "room for the next one");
    press(&mut state, Key::Enter);
    assert_eq!(step(&state), Step::Review);
    let commands = key(&mut state, "y");
    let [Command::Found { team, secrets }] = &commands[..] else { panic!("{commands:?}") };
    let file = crate::fleet::team::parse(team).unwrap();
    assert_eq!((file.team.members.len(), file.problems.len()), (2, 0));
    assert!(secrets.as_ref().unwrap().0.contains(r#""KEY": "hunter2""#));
    assert_eq!(send(&mut state, Message::Founded), [Command::Plan]);
    assert!(state.setup.is_none() && state.screen == Screen::Plan);
}

#[test]
fn escape_goes_back_and_at_the_first_step_leaves() {
    let mut state = first();
    key(&mut state, "a@example.com");
    press(&mut state, Key::Enter);
    press(&mut state, Key::Esc);
    assert_eq!(step(&state), Step::Members);
    assert!(draw(&state, 60, 16).contains("a@example.com"), "what was typed is still there");
    press(&mut state, Key::Esc);
    assert_eq!((state.screen, state.setup.is_none()), (Screen::Fleet, true));
}

/// At the step where secrets are typed.
fn at_secrets() -> State {
    let mut state = first();
    key(&mut state, "alice@example.com");
    for _ in 0..4 {
        press(&mut state, Key::Enter);
    }
    assert_eq!(step(&state), Step::Secrets);
    state
}

#[test]
fn a_value_in_the_place_of_its_name_is_not_shown() {
    for pasted in [
        "c2VjcmV0LSECRETm9yYXp1cmU==",
        "sk_live_51ABCDEFGH=",
        "AKIA0123456789ABCDEF_SECRETBASE32",
        "sk-SECRET-three",
        "sk_live_51ABCDEFGH=x",
    ] {
        let mut state = at_secrets();
        send(&mut state, Message::Paste(pasted.into()));
        let typed = draw(&state, 100, 30);
        press(&mut state, Key::Enter);
        for drawn in [typed, draw(&state, 100, 30)] {
            assert!(!["SECRET", "live", "AKIA", "VjcmV"].iter().any(|part| drawn.contains(part)), "{pasted}: {drawn}");
        }
    }
    // base64's filling is no value.
    let mut state = at_secrets();
    send(&mut state, Message::Paste("c2VjcmV0==".into()));
    press(&mut state, Key::Enter);
    assert_eq!(state.setup.as_ref().unwrap().names().count(), 0);
}

#[test]
fn a_pasted_env_is_taken_line_by_line_and_what_is_none_is_named() {
    let mut state = at_secrets();
    let text = "# keys\r\nexport K_ONE=v1\r\nBAD LINE=v2\r\nK_TWO=\"quoted # x\"\r\nK_NONE=\r\nK_THREE='sq'\r\n";
    send(&mut state, Message::Paste(text.into()));
    let drawn = draw(&state, 100, 30);
    assert!(drawn.contains("line 3, 5 of what was pasted"), "{drawn}");
    press(&mut state, Key::Enter);
    let secrets = state.setup.as_ref().unwrap().secrets().unwrap().0;
    let secrets: serde_json::Value = serde_json::from_str(&secrets).unwrap();
    assert_eq!(secrets["shared"], serde_json::json!({"K_ONE": "v1", "K_TWO": "quoted # x", "K_THREE": "sq"}));
}
