use std::collections::HashSet;

use super::fixtures::*;
use crate::{
    fleet::pairing::PairedDevice,
    ops::{
        Event,
        pairings::{Change, Decision},
    },
    tui::{
        keymap::KEYMAP,
        message::{Command, Key, Message},
        state::Screen,
    },
};

#[test]
fn no_two_keys_mean_two_things_in_one_place() {
    let mut seen = HashSet::new();
    for binding in KEYMAP {
        assert!(!binding.keys.is_empty() && !binding.help.is_empty());
        for key in binding.keys {
            assert!(seen.insert((binding.screen, *key)), "{key:?} twice on {:?}", binding.screen);
        }
    }
}

#[test]
fn nothing_is_applied_before_a_yes() {
    let mut state = planned();
    assert_eq!(key(&mut state, "a"), []);
    assert_eq!(send(&mut state, Message::Key(Key::Esc)), []);
    assert_eq!(key(&mut state, "an"), []);
    let all: Vec<_> = state.planned.iter().flat_map(|p| &p.plan.steps).map(|s| s.id.clone()).collect();
    assert_eq!(key(&mut state, "ay"), [Command::Apply { steps: all }]);
    assert_eq!(key(&mut state, "ay"), [], "not twice");
    assert_eq!(send(&mut state, Message::Key(Key::Ctrl('c'))), [Command::CancelApply]);
    assert_eq!(key(&mut state, "q"), [], "asks first while steps run");
    assert_eq!(key(&mut state, "y"), [Command::Quit]);
}

/// What comes between the question and the answer is not what was shown.
#[test]
fn a_yes_is_no_answer_to_a_plan_or_a_config_that_came_since() {
    let mut state = planned();
    let again = state.planned.clone().unwrap();
    assert_eq!(key(&mut state, "a"), []);
    send(&mut state, Message::Planned(again));
    assert!(state.confirm.is_none() && state.note.as_ref().unwrap().0.contains("look again"), "{:?}", state.note);
    assert_eq!(key(&mut state, "y"), []);
    assert!(matches!(key(&mut state, "ay")[..], [Command::Apply { .. }]));

    let mut state = diffed();
    let of_all = state.diff.clone().unwrap();
    key(&mut state, "b");
    send(&mut state, Message::Saved(of_all.clone()));
    key(&mut state, "p");
    assert!(state.confirm.as_ref().unwrap().question.starts_with("Roll back 1 machine?"));
    send(&mut state, Message::Diffed(of_all));
    assert_eq!((state.confirm.is_none(), key(&mut state, "y")), (true, Vec::new()));
}

#[test]
fn the_chosen_request_is_decided_and_no_other() {
    let mut state = ready();
    let approve = |id: &str, machine: &str, decision| {
        vec![Command::Decide { requests: vec![(machine.into(), id.into())], decision }]
    };
    // The oldest comes first.
    assert_eq!(key(&mut state, "4ay"), approve("4651b189-0002", "claw-bob", Decision::Approve));
    assert_eq!(key(&mut state, "jxy"), approve("4651b189-0001", "claw-alice", Decision::Reject));
}

#[test]
fn a_paired_device_is_revoked_and_what_a_known_one_gains_is_asked_about() {
    let mut state = ready();
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let device = PairedDevice {
        machine: "claw-bob".into(),
        device_id: "d".into(),
        label: "Bob's \u{1b}[2Jpad".into(),
        scopes: words(&["operator.read"]),
        roles: words(&["operator"]),
        connected: false,
        last_seen: None,
    };
    let mut request = state.pending()[0].clone();
    send(
        &mut state,
        Message::Event(Event::Devices { machine: "claw-bob".into(), pending: Vec::new(), paired: vec![device] }),
    );
    // Row 1 is Alice's request, row 2 the device.
    assert_eq!(key(&mut state, "4v"), [], "a request is not revoked");
    assert_eq!(key(&mut state, "jx"), [], "a paired device is not rejected");
    let revoke =
        [Command::Device { machine: "claw-bob".into(), device_id: "d".into(), change: Change::Revoke { role: None } }];
    assert_eq!(key(&mut state, "vy"), revoke);
    request.scopes = words(&["operator.read", "operator.admin"]);
    send(&mut state, Message::Event(Event::PairingRequested { request }));
    assert_eq!(state.pending()[0].asks_for(), "read +admin");
}

#[test]
fn only_an_idle_machine_is_deallocated_from_the_idle_screen() {
    let mut state = judged();
    assert_eq!(key(&mut state, "dy"), [], "alice is at work");
    assert_eq!(key(&mut state, "jdy"), [Command::Deallocate(vec!["claw-bob".into()])]);
    assert_eq!(key(&mut state, "jdy"), [], "unknown is not idle");
}

#[test]
fn each_screen_is_one_key_away_and_a_stop_asks() {
    let mut state = ready();
    for (digit, screen) in ["1", "2", "3", "4", "5", "6", "7", "8"].into_iter().zip(Screen::ALL) {
        key(&mut state, digit);
        assert_eq!(state.screen, screen);
    }
    key(&mut state, "1");
    assert_eq!(key(&mut state, "dy"), []);
    send(&mut state, Message::Key(Key::Backspace));
    key(&mut state, "claw-alice");
    assert!(matches!(send(&mut state, Message::Key(Key::Enter))[..], [Command::Power { .. }]));
    assert_eq!(key(&mut state, "q"), [Command::Quit]);
}

#[test]
fn an_expired_request_vanishes() {
    let mut state = ready();
    assert_eq!(state.pending().len(), 2);
    send(&mut state, Message::Tick(NOW + time::Duration::minutes(3) + time::Duration::seconds(30)));
    assert_eq!(state.pending().len(), 1);
}

#[test]
fn marked_requests_are_decided_together_and_only_while_they_are_open() {
    let mut state = ready();
    key(&mut state, "4  a");
    let question = state.confirm.as_ref().unwrap().question.clone();
    assert!(
        question.starts_with("Approve 2 devices?") && question.contains("Alice's iPhone at claw-alice with read write")
    );
    let both = vec![("claw-bob".into(), "4651b189-0002".into()), ("claw-alice".into(), "4651b189-0001".into())];
    assert_eq!(key(&mut state, "y"), [Command::Decide { requests: both, decision: Decision::Approve }]);
    assert!(state.marked.is_empty());

    key(&mut state, "g  ");
    let gone = Event::PairingResolved {
        machine: "claw-bob".into(),
        request_id: "4651b189-0002".into(),
        decision: "approved".into(),
    };
    send(&mut state, Message::Event(gone));
    let one = vec![("claw-alice".into(), "4651b189-0001".into())];
    assert_eq!(key(&mut state, "xy"), [Command::Decide { requests: one, decision: Decision::Reject }]);
}

#[test]
fn a_rollback_shows_what_comes_back_before_it_asks() {
    let mut state = diffed();
    assert_eq!(key(&mut state, "b"), [Command::Saved]);
    let saved = state.diff.clone().unwrap();
    send(&mut state, Message::Saved(saved));
    assert_eq!(key(&mut state, "p"), []);
    assert!(state.confirm.as_ref().unwrap().question.starts_with("Roll back 1 machine?"));
    assert_eq!(key(&mut state, "y"), [Command::Rollback]);
    key(&mut state, "c");
    let compared = state.diff.clone().unwrap();
    send(&mut state, Message::Diffed(compared));
    assert_eq!(key(&mut state, "py"), [Command::Push]);
    send(&mut state, Message::Saved(Default::default()));
    assert!(state.note.as_ref().unwrap().0.contains("no machine keeps"));
}

#[test]
fn what_was_said_on_one_screen_stays_there() {
    let mut state = planned();
    key(&mut state, "2t");
    assert!(state.note.as_ref().unwrap().0.contains("once the plan was applied"), "{:?}", state.note);
    key(&mut state, "j");
    assert!(state.note.is_some(), "it can still be read");
    key(&mut state, "1");
    assert_eq!(state.note, None);
    // What is said by the key that leads elsewhere is news there.
    key(&mut state, "2t");
    state.note = None;
    key(&mut state, "t");
    assert!(state.note.is_some());
}
