use proptest::prelude::*;

use super::{fixtures::*, terminal::draw};
use crate::{
    fleet::stage::Marker,
    ops::{Event, event::LogSource},
    tui::{
        fleet::{columns::COLUMNS, order},
        logs::{Feed, LIMIT},
        message::{Key, Message, Mouse, MouseAct},
        state::Screen,
    },
};

fn message() -> impl Strategy<Value = Message> {
    let keys = prop_oneof![
        prop::sample::select("12345678/:!eacdfgijkpqrsSxyGnNvlwtTDYW&|[]{}?z ".chars().collect::<Vec<_>>())
            .prop_map(Key::Char),
        prop::sample::select(vec![
            Key::Up,
            Key::Down,
            Key::PageDown,
            Key::PageUp,
            Key::Enter,
            Key::Esc,
            Key::Tab,
            Key::End,
            Key::Left,
            Key::Right,
            Key::WordLeft,
            Key::Backspace,
            Key::Ctrl('w'),
            Key::Ctrl('z'),
        ]),
    ];
    prop_oneof![
        6 => keys.prop_map(Message::Key),
        1 => ".{0,20}".prop_map(Message::Paste),
        1 => (0..200u16, 0..50u16, 0..4usize).prop_map(|(x, y, act)| {
            let acts = [MouseAct::Click, MouseAct::Mark, MouseAct::WheelUp, MouseAct::WheelDown];
            Message::Mouse(Mouse { act: acts[act], x, y })
        }),
        2 => ("claw-[a-e]", ".{0,40}").prop_map(|(machine, text)| {
            Message::Event(Event::Line { machine, source: LogSource::Bootstrap, text })
        }),
        1 => (0..100i64).prop_map(|s| Message::Tick(NOW + time::Duration::seconds(s))),
        1 => ".{0,30}".prop_map(|m| Message::Failed { operation: "up".into(), message: m, remedy: None }),
    ]
}

/// What changes cells of the fleet table.
fn news() -> impl Strategy<Value = Event> {
    let stages = prop::sample::select(vec!["packages", "node", "vault", "service", "ready"]);
    prop_oneof![
        (name(), stages, any::<bool>()).prop_map(|(machine, stage, done)| {
            let word = if done { "done" } else { "begin" };
            let marker = Marker::parse(&format!("claw-stage {stage} {word} 2026-11-21T12:26:10Z")).unwrap();
            Event::Stage { machine, marker }
        }),
        (name(), any::<bool>()).prop_map(|(machine, ok)| Event::Gateway { machine, ok, detail: "no answer".into() }),
        (name(), "[0-9]{1,3}").prop_map(|(machine, version)| Event::Version { machine, version }),
        name().prop_map(|machine| Event::Devices { machine, pending: Vec::new(), paired: Vec::new() }),
        "[a-z]{3}".prop_map(|text| Event::Note { text }),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["claw-alice", "claw-bob", "claw-chandra", "claw-dana", "claw-erin"])
        .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Rows are put in order again only when they may have to be; it must not show.
    #[test]
    fn at_each_tick_the_rows_stand_as_if_they_were_sorted_then(
        n in 0..COLUMNS.len(),
        descending: bool,
        filter in prop::sample::select(vec!["", "a", "gateway:up", "version:1", "age:s", "active:-", "!stage:node"]),
        told in prop::collection::vec((news(), 0..3i64), 1..20),
    ) {
        let mut state = ready();
        (state.fleet.prefs.sort, state.fleet.prefs.descending) = (COLUMNS[n].id.to_owned(), !descending);
        key(&mut state, "r/");
        key(&mut state, filter);
        send(&mut state, Message::Key(Key::Enter));
        let mut now = NOW;
        for (event, minutes) in told {
            send(&mut state, Message::Event(event));
            now += time::Duration::minutes(minutes);
            send(&mut state, Message::Tick(now));
            prop_assert_eq!(&state.fleet.shown, &order::shown(&state));
        }
    }

    #[test]
    fn whatever_comes_nothing_panics_and_the_cursor_stays_on_a_line(
        messages in prop::collection::vec(message(), 0..60),
        start in 0..6usize,
        size in prop::sample::select(vec![(60u16, 16u16), (80, 24), (200, 50), (20, 3)]),
    ) {
        let mut state = match start {
            0 => empty(),
            1 => planned(),
            2 => failing(),
            3 => bootstrapping(),
            4 => recorded(),
            _ => judged(),
        };
        for message in messages {
            let again: Message = serde_json::from_str(&serde_json::to_string(&message).unwrap()).unwrap();
            send(&mut state, again);
            for screen in Screen::ALL {
                prop_assert!(state.at(screen) <= state.lines(screen).saturating_sub(1));
            }
            let drawn = draw(&state, size.0, size.1);
            prop_assert!(!drawn.contains('\u{1b}'), "a control character reached the screen");
        }
    }
}

#[test]
fn a_log_never_grows_beyond_its_ring() {
    let mut state = ready();
    let text = "x".repeat(1000);
    for _ in 0..2 * LIMIT / 1000 {
        let line = Event::Line { machine: "claw-alice".into(), source: LogSource::Bootstrap, text: text.clone() };
        send(&mut state, Message::Event(line));
    }
    let log = state.logs.ring(&Feed::of("claw-alice", LogSource::Bootstrap)).unwrap();
    assert!(log.len() * 1000 <= LIMIT && log.dropped() > 0);
    key(&mut state, "3");
    assert!(draw(&state, 80, 24).contains("old lines dropped"));
}
