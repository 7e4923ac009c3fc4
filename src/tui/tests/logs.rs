//! The log screen by keys.

use proptest::prelude::*;

use super::{fixtures::*, terminal::draw};
use crate::{
    ops::{Event, event::LogSource},
    tui::{
        logs::{Arrangement, Feed},
        message::{Command, Key, Message},
        state::{Screen, State},
    },
};

/// Lines of two machines in turn, on the log screen.
pub fn two_logs() -> State {
    let mut state = bootstrapping();
    for n in 0..60 {
        let (machine, level) = if n % 2 == 0 { ("claw-alice", "INFO ") } else { ("claw-bob", "ERROR") };
        let text = format!("2026-11-21T12:26:{n:02}Z {level} [ws] line {n} of {machine}");
        send(&mut state, Message::Event(Event::Line { machine: machine.into(), source: LogSource::Bootstrap, text }));
    }
    key(&mut state, "3");
    state
}

fn press(state: &mut State, one: Key) -> Vec<Command> {
    send(state, Message::Key(one))
}

fn enter(state: &mut State, keys: &str) -> Vec<Command> {
    key(state, keys);
    press(state, Key::Enter)
}

#[test]
fn a_paused_view_stays_where_it_is_while_lines_come() {
    let mut state = two_logs();
    press(&mut state, Key::PageUp);
    let before = draw(&state, 80, 24);
    assert!(before.contains("paused") && !before.contains("line 58"), "{before}");
    for n in 0..100 {
        let text = format!("more {n}");
        let source = LogSource::Bootstrap;
        send(&mut state, Message::Event(Event::Line { machine: "claw-alice".into(), source, text }));
    }
    let body = |text: &str| text.lines().skip(4).take(14).map(str::to_owned).collect::<Vec<_>>();
    let after = draw(&state, 80, 24);
    assert_eq!(body(&before), body(&after));
    key(&mut state, "f");
    assert!(draw(&state, 80, 24).contains("more 99"));
}

#[test]
fn a_search_jumps_back_and_forth_and_says_when_there_is_no_more() {
    let mut state = two_logs();
    enter(&mut state, "/line 2");
    let at = |state: &State| draw(state, 80, 24);
    let first = state.log_look.cursor;
    assert!(at(&state).contains("line 28 of claw-alice"));
    key(&mut state, "N");
    assert!(state.log_look.cursor < first);
    key(&mut state, "n");
    assert_eq!(state.log_look.cursor, first);
    key(&mut state, "n");
    assert!(at(&state).contains("no later match"), "{}", at(&state));
    press(&mut state, Key::Esc);
    assert!(state.log_look.search.is_none() && state.screen == Screen::Logs, "esc takes the search back first");
    press(&mut state, Key::Esc);
    assert_eq!(state.screen, Screen::Fleet);
}

#[test]
fn a_filter_works_while_it_is_typed_and_esc_brings_the_former_back() {
    let mut state = two_logs();
    key(&mut state, "vv&level:error");
    let drawn = draw(&state, 100, 24);
    assert!(drawn.contains("line 59 of claw-bob") && !drawn.contains("of claw-alice"), "{drawn}");
    key(&mut state, " /(/");
    assert!(draw(&state, 160, 24).contains("unclosed group"));
    press(&mut state, Key::Enter);
    assert!(state.log_look.typing.is_some(), "not taken while it is no regex");
    press(&mut state, Key::Esc);
    assert!(draw(&state, 100, 24).contains("of claw-alice") && state.screen == Screen::Logs);
    key(&mut state, "ll");
    assert!(!draw(&state, 100, 24).contains("of claw-alice"));
}

#[test]
fn stages_are_jumped_to() {
    let mut state = two_logs();
    key(&mut state, "{");
    assert!(draw(&state, 80, 24).contains("claw-stage node begin"));
    key(&mut state, "{");
    assert!(draw(&state, 80, 24).contains("claw-stage packages begin"));
    key(&mut state, "{");
    assert!(draw(&state, 80, 24).contains("no earlier stage"));
}

#[test]
fn what_is_copied_and_saved_is_plain_text() {
    let mut state = two_logs();
    let [Command::Copy(text)] = &key(&mut state, "Y")[..] else { panic!("nothing copied") };
    assert!(text.contains("Setting up npm (9.2.0) ␇… 設定\n") && !text.contains('\u{1b}'), "{text}");
    assert_eq!(text.lines().count(), 34);
    let [Command::SaveLog { path, text }] = &enter(&mut state, "W")[..] else { panic!("nothing saved") };
    assert_eq!((path.as_str(), text.lines().count()), ("claw-alice-bootstrap.log", 34));
    key(&mut state, "vv");
    let [Command::SaveLog { path, text }] = &enter(&mut state, "W")[..] else { panic!("nothing saved") };
    assert!(path.starts_with("fleet-") && text.contains("claw-bob: 2026-11-21T12:26:59Z ERROR"), "{text}");
}

/// What is looked at is followed, and nothing else.
#[test]
fn logs_are_followed_while_they_are_in_view() {
    let mut state = two_logs();
    let feed = |name: &str, source, only: Option<&str>| Feed {
        machine: format!("claw-{name}"),
        source,
        only: only.map(str::to_owned),
    };
    let alice = feed("alice", LogSource::Gateway, None);
    assert_eq!(key(&mut state, "s"), [Command::Follow(vec![alice.clone()])]);
    let all = |only| ["alice", "bob", "chandra", "dana"].map(|n| feed(n, LogSource::Gateway, only)).to_vec();
    assert_eq!(key(&mut state, "v"), [Command::Follow(all(None))]);
    assert_eq!(enter(&mut state, "|pair"), [Command::Follow(all(Some("pair")))]);
    assert_eq!(key(&mut state, "1"), [Command::Follow(Vec::new())]);
    key(&mut state, "3");
    press(&mut state, Key::Esc);
    assert_eq!(key(&mut state, "vv"), [Command::Follow(vec![alice])]);
    assert_eq!(key(&mut state, "s"), [Command::Follow(vec![feed("alice", LogSource::Console, None)])]);
}

#[test]
fn the_next_machine_is_also_the_one_on_the_fleet_screen() {
    let mut state = two_logs();
    key(&mut state, "]");
    assert_eq!(state.selected_machine().as_deref(), Some("claw-bob"));
    assert!(draw(&state, 80, 24).contains("line 59 of claw-bob"));
    key(&mut state, "[[");
    assert_eq!(state.selected_machine().as_deref(), Some("claw-alice"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Up and down again leads back, in every arrangement; the cursor is always on a line that is shown.
    #[test]
    fn scrolling_up_and_down_leads_back(
        arrangement in 0usize..3,
        ups in 1usize..40,
        wrap in any::<bool>(),
        filter in prop::sample::select(vec!["", "1", "level:error"]),
    ) {
        let mut state = two_logs();
        key(&mut state, &"v".repeat(arrangement));
        if wrap {
            key(&mut state, "w");
        }
        enter(&mut state, &format!("&{filter}"));
        let mut seen = vec![state.log_look.cursor];
        for _ in 0..ups {
            press(&mut state, Key::Up);
            if seen.last() != Some(&state.log_look.cursor) {
                seen.push(state.log_look.cursor);
            }
            let drawn = draw(&state, 70, 20);
            prop_assert!(!drawn.contains('\u{1b}'), "a control character");
        }
        while let Some(at) = seen.pop() {
            prop_assert_eq!(state.log_look.cursor, at);
            press(&mut state, Key::Down);
        }
        prop_assert_eq!(state.log_look.cursor, None, "at the end it follows");
    }
}

#[test]
fn tiles_show_every_running_machine_and_keep_the_chosen_one_in_sight() {
    let mut state = two_logs();
    key(&mut state, "v");
    assert_eq!(state.log_look.arrangement, Arrangement::Tiles);
    let drawn = draw(&state, 120, 40);
    for name in ["claw-alice", "claw-bob", "claw-chandra", "claw-dana"] {
        assert!(drawn.contains(name), "{name}:\n{drawn}");
    }
    key(&mut state, "]]]");
    assert!(draw(&state, 60, 16).contains("▌ claw-dana"), "{}", draw(&state, 60, 16));
}
