//! The machine screen by keys.

use super::{fixtures::*, terminal::draw};
use crate::{
    fleet::{
        cost::{Micros, Prices},
        verify::Finding,
    },
    tui::{
        machine::{Answer, Tab},
        message::{Command, Key, Message},
        state::{Screen, State},
    },
};

fn answer(state: &mut State, answer: Answer) {
    send(state, Message::Answered { machine: "claw-bob".into(), answer });
}

/// Bob's machine, opened from its row, with every question answered.
pub fn opened() -> State {
    let mut state = ready();
    key(&mut state, "j");
    send(&mut state, Message::Key(Key::Enter));
    let findings = vec![
        Finding::ok("health", "the gateway is healthy"),
        Finding::warn("update", "OpenClaw \u{1b}[2J9 is available", "claw upgrade bob"),
        Finding::unknown("disk", "the machine did not answer this check"),
        Finding::bad("service", "the gateway's service is failed", "claw restart bob"),
    ];
    answer(&mut state, Answer::Checked(findings));
    let mut plan = diffed().diff.unwrap_or_default();
    plan.machines.iter_mut().for_each(|m| m.machine = "claw-bob".into());
    answer(&mut state, Answer::Drifted(plan));
    let machine_hour = [("Standard_B2s".to_owned(), Micros(41_600))].into();
    let prices = Prices { currency: "USD".into(), machine_hour, disk_month: None, address_hour: Some(Micros(5_000)) };
    answer(&mut state, Answer::Priced(Ok(prices)));
    state
}

#[test]
fn each_part_is_one_key_away_and_esc_leads_back_to_the_row() {
    let mut state = opened();
    for (one, tab, words) in [
        ("o", Tab::Overview, "198.18.0.2"),
        ("t", Tab::Timeline, "the gateway answers"),
        ("l", Tab::Log, "claw-stage ready done"),
        ("d", Tab::Devices, "電話"),
        ("c", Tab::Drift, "agents.defaults.heartbeat.every"),
        ("x", Tab::Checks, "claw restart bob"),
        ("b", Tab::Bill, "30.37 USD"),
    ] {
        key(&mut state, one);
        assert_eq!(state.machine.tab, tab);
        let drawn = draw(&state, 100, 30).replace("電 話", "電話");
        assert!(drawn.contains(words) && !drawn.contains('\u{1b}'), "{words}:\n{drawn}");
    }
    key(&mut state, "jjjo");
    send(&mut state, Message::Key(Key::Esc));
    assert_eq!((state.screen, state.selected_machine().as_deref()), (Screen::Fleet, Some("claw-bob")));
}

#[test]
fn a_question_is_asked_once_and_again_when_wanted() {
    let mut state = ready();
    send(&mut state, Message::Key(Key::Enter));
    let ask = |tab| vec![Command::Ask { machine: "claw-alice".into(), tab }];
    assert_eq!(key(&mut state, "x"), ask(Tab::Checks));
    let why = Answer::Failed { tab: "Checks".into(), why: "nothing answers".into() };
    send(&mut state, Message::Answered { machine: "claw-alice".into(), answer: why });
    assert!(draw(&state, 100, 30).contains("nothing answers · r asks again"));
    assert_eq!(key(&mut state, "r"), ask(Tab::Checks));
    send(&mut state, Message::Answered { machine: "claw-alice".into(), answer: Answer::Checked(Vec::new()) });
    assert_eq!(key(&mut state, "ox"), [], "known already");
    assert_eq!(key(&mut state, "]"), [Command::Ask { machine: "claw-bob".into(), tab: Tab::Checks }]);
}

#[test]
fn the_log_of_a_machine_takes_the_keys_of_the_log_screen() {
    let mut state = opened();
    key(&mut state, "l&level:error");
    send(&mut state, Message::Key(Key::Enter));
    assert!(draw(&state, 100, 30).contains("no line fits the filter"));
    send(&mut state, Message::Key(Key::Esc));
    assert!(draw(&state, 100, 30).contains("claw-stage ready done") && state.screen == Screen::Machine);
    assert!(matches!(&key(&mut state, "s")[..], [Command::Follow(feeds)] if feeds.len() == 1));
    assert_eq!(key(&mut state, "o"), [Command::Follow(Vec::new())]);
}
