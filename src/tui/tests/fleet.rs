use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{fixtures::*, terminal::draw};
use crate::{
    fleet::{
        cost::{Costs, Micros, Spent},
        instance::PowerState,
    },
    ops::{Event, power::Power},
    tui::{
        fleet::{
            cell::Order,
            columns::{COLUMNS, Row, by_id},
            filter::Filter,
            in_sight,
        },
        message::{Command, Key, Message},
        state::State,
    },
};

fn filtered(state: &mut State, text: &str) -> Vec<String> {
    key(state, "/");
    key(state, text);
    let shown = state.fleet.shown.iter().map(|n| n.trim_start_matches("claw-").to_owned()).collect();
    send(state, Message::Key(Key::Esc));
    shown
}

#[test]
fn the_filter_is_fuzzy_by_column_or_a_regex_and_counts_while_it_is_typed() {
    let mut state = ready();
    for (text, expected) in [
        ("cndr", &["chandra"][..]),
        ("state:dealloc", &["erin"]),
        ("!state:dealloc an", &["chandra", "dana"]),
        ("/^(alice|bob)$/", &["alice", "bob"]),
        ("name:/^.{4}$/", &["dana", "erin"]),
        ("gateway:-", &["erin"]),
        ("gateway:up stage:ready b", &["bob"]),
        ("nobody", &[]),
        ("", &["alice", "bob", "chandra", "dana", "erin"]),
    ] {
        assert_eq!(filtered(&mut state, text), expected, "{text}");
    }
    key(&mut state, "/ali");
    assert!(draw(&state, 80, 24).contains("/ ali   1 of 5"));
    assert_eq!(state.selected_machine().as_deref(), Some("claw-alice"));
    key(&mut state, " /(");
    let drawn = draw(&state, 80, 24);
    assert!(drawn.contains("is no regular expression") && drawn.contains("1 of 5"), "{drawn}");
}

#[test]
fn marks_are_acted_on_together_and_hidden_ones_are_not() {
    let mut state = ready();
    assert_eq!(key(&mut state, "  "), [], "alice and bob");
    key(&mut state, "/!bob");
    send(&mut state, Message::Key(Key::Enter));
    assert!(draw(&state, 100, 24).contains("1 marked ones are hidden"));
    key(&mut state, "d");
    assert_eq!(key(&mut state, "claw-alice"), []);
    let stop = |names: &[&str]| Command::Power {
        machines: names.iter().map(|n| (*n).to_owned()).collect(),
        power: Power::Stop,
    };
    assert_eq!(send(&mut state, Message::Key(Key::Enter)), [stop(&["claw-alice"])]);
    send(&mut state, Message::Key(Key::Esc));
    key(&mut state, "d");
    key(&mut state, "claw-alice");
    assert_eq!(send(&mut state, Message::Key(Key::Enter)), [], "two are marked: one name is not enough");
    send(&mut state, Message::Key(Key::Esc));
    key(&mut state, "dstop 2");
    assert_eq!(send(&mut state, Message::Key(Key::Enter)), [stop(&["claw-alice", "claw-bob"])]);
    send(&mut state, Message::Key(Key::Esc));
    assert!(state.fleet.marks.is_empty());
    key(&mut state, "*");
    assert_eq!(state.fleet.marks.len(), 5);
}

#[test]
fn a_read_only_window_shows_and_does_nothing_that_changes() {
    let mut state = ready();
    state.keys = state.keys.read_only();
    for n in "12345678".chars() {
        key(&mut state, &n.to_string());
        for c in ('!'..='~').filter(|c| !"/:q12345678".contains(*c)) {
            let commands = key(&mut state, &c.to_string());
            let harmless = |c: &Command| {
                use Command::{Ask, Copy, Diff, ExportActivity, Follow, Idle, Plan, ReadActivity, Remember};
                let asks = matches!(c, Plan | Idle | Diff | ReadActivity | Follow(_) | Ask { .. });
                asks || matches!(c, Remember(_) | Copy(_) | ExportActivity { .. })
            };
            assert!(commands.iter().all(harmless) && state.confirm.is_none(), "{c}: {commands:?}");
            send(&mut state, Message::Key(Key::Esc));
            key(&mut state, &n.to_string());
        }
    }
    key(&mut state, "1?");
    let drawn = draw(&state, 120, 40);
    assert!(!drawn.contains("claw stop") && !drawn.contains("claw up") && drawn.contains("claw plan"), "{drawn}");
}

#[test]
fn columns_are_hidden_moved_and_sorted_by_and_every_change_is_remembered() {
    let mut state = ready();
    key(&mut state, "C");
    let hide = key(&mut state, "jj ");
    assert!(matches!(&hide[..], [Command::Remember(prefs)] if !prefs.shown().contains(&"stage")));
    key(&mut state, ">");
    assert_eq!(state.fleet.prefs.order[2..4], ["gateway", "stage"]);
    key(&mut state, "k");
    send(&mut state, Message::Key(Key::Enter));
    let moved = send(&mut state, Message::Key(Key::Enter));
    assert!(matches!(&moved[..], [Command::Remember(prefs)] if prefs.sort == "gateway" && prefs.descending));
    // What is not known is last both ways.
    assert_eq!(state.fleet.shown.last().map(String::as_str), Some("claw-erin"));
    send(&mut state, Message::Key(Key::Esc));
    let drawn = draw(&state, 120, 40);
    assert!(drawn.contains("GATEWAY▼") && !drawn.contains("STAGE"), "{drawn}");
}

/// Two columns wide each; what follows must stand where it stands in other rows.
#[test]
fn wide_characters_line_up() {
    let mut state = ready();
    let mut machines = state.machines.take().unwrap();
    machines.value[1].email = Some("設定🦞@example.com".into());
    machines.value[1].slug = None;
    machines.value[1].name = "電話電話電話🦞電話電話電話電話電話電話".into();
    send(&mut state, Message::Event(crate::ops::Event::Machines { machines, fresh: true }));
    let drawn = draw(&state, 80, 24);
    // The test terminal writes a wide character with a blank after it: columns are counted in its cells.
    let cells = |line: &str| {
        let width = |c: char| if ('\u{2e80}'..).contains(&c) { 2 } else { 1 };
        let at = line.find(['●', '○'])?;
        Some(line[..at].chars().map(width).sum::<usize>())
    };
    let places: BTreeSet<usize> = drawn.lines().skip(3).filter_map(cells).collect();
    assert_eq!(places.len(), 1, "{drawn}");
}

#[test]
fn nothing_that_is_unknown_is_shown_as_anything_else() {
    let mut state = empty();
    send(&mut state, machines(|_| PowerState::Deallocated));
    for (name, instance) in state.rows() {
        let row = Row::new(&state, name, instance);
        for id in ["stage", "gateway", "devices", "active", "why", "version", "today", "month", "drift"] {
            let cell = (by_id(id).unwrap().cell)(&row);
            assert_eq!((cell.order, cell.text.as_str(), cell.parts[0].0.as_str()), (Order::Unknown, "", "–"), "{id}");
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-e!:/ .*()-]{0,12}",
        prop::sample::select(COLUMNS.iter().map(|c| c.id).collect::<Vec<_>>()).prop_map(|id| format!("{id}:a")),
        ".{0,8}",
    ]
}

fn a_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        prop::sample::select("jkgG *<>rC/!a: b".chars().collect::<Vec<_>>()).prop_map(Key::Char),
        prop::sample::select(vec![Key::Esc, Key::Enter, Key::PageDown, Key::Left, Key::Right, Key::Backspace, Key::Up]),
    ]
}

fn leaves_those_that_pass(text: &str) {
    let mut state = ready();
    let mut filter = Filter::default();
    filter.set(text.to_owned());
    state.fleet.filter = filter.clone();
    send(&mut state, Message::Tick(NOW));
    let columns = state.fleet.prefs.shown();
    for (name, instance) in state.rows() {
        let passes = filter.test(&columns)(&Row::new(&state, name, instance));
        assert_eq!(passes, state.fleet.shown.iter().any(|n| n == name), "{} with {}", name, text);
    }
    // Its opposite leaves the others.
    if !text.is_empty() && filter.problem().is_none() && !text.contains(|c: char| c.is_whitespace() || "!/".contains(c))
    {
        filter.set(format!("!{text}"));
        for (name, instance) in state.rows() {
            let passes = filter.test(&columns)(&Row::new(&state, name, instance));
            assert_ne!(passes, state.fleet.shown.iter().any(|n| n == name), "{} with !{}", name, text);
        }
    }
}

#[test]
fn a_filter_of_signs_leaves_those_that_pass() {
    for text in ["\u{b}\"", "¡", "!", "/", "\"", "\\"] {
        leaves_those_that_pass(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_filter_leaves_exactly_those_that_pass(text in text()) {
        leaves_those_that_pass(&text);
    }

    #[test]
    fn every_order_is_an_order_of_the_same_machines_with_the_unknown_last(n in 0..COLUMNS.len(), descending: bool) {
        let mut state = ready();
        (state.fleet.prefs.sort, state.fleet.prefs.descending) = (COLUMNS[n].id.to_owned(), !descending);
        key(&mut state, "r");
        let rows = state.rows();
        let orders: Vec<Order> = state.fleet.shown.iter().map(|name| {
            let (name, instance) = rows.iter().find(|r| r.0 == name.as_str()).unwrap();
            (COLUMNS[n].cell)(&Row::new(&state, name, *instance)).order
        }).collect();
        let known: Vec<_> = orders.iter().filter(|o| **o != Order::Unknown).collect();
        prop_assert!(orders[known.len()..].iter().all(|o| *o == Order::Unknown));
        let ordered = known.windows(2).all(|w| if descending { w[0] >= w[1] } else { w[0] <= w[1] });
        prop_assert!(ordered);
        prop_assert_eq!(state.fleet.shown.iter().collect::<BTreeSet<_>>().len(), rows.len());
    }

    #[test]
    fn the_cursor_is_in_sight_and_keeps_its_machine(first in 0..50usize, at in 0..50usize, rows in 1..50usize, height in 0..30usize) {
        let at = at.min(rows - 1);
        let shown = in_sight(first, at, rows, height);
        prop_assert!(shown <= at && at < shown + height.max(1));
        prop_assert!(shown == 0 || shown + height.max(1) <= rows, "no empty lines below");
    }

    #[test]
    fn whatever_is_pressed_marks_are_machines_and_rows_are_whole(keys in prop::collection::vec(a_key(), 0..60), size in prop::sample::select(vec![(60u16, 16u16), (80, 24), (200, 50)])) {
        let mut state = ready();
        send(&mut state, Message::Resize { width: size.0, height: size.1 });
        for key in keys {
            let before = state.selected_machine();
            send(&mut state, Message::Key(key));
            let all: BTreeSet<String> = state.rows().into_iter().map(|r| r.0.to_owned()).collect();
            prop_assert!(state.fleet.marks.is_subset(&all));
            prop_assert!(state.fleet.shown.iter().all(|n| all.contains(n)));
            prop_assert!(state.fleet.targets().iter().all(|n| state.fleet.shown.contains(n)));
            let moves = matches!(key, Key::Char('j' | 'k' | 'g' | 'G' | ' ') | Key::PageDown | Key::Up);
            if !moves && before.as_ref().is_some_and(|b| state.fleet.shown.contains(b)) {
                prop_assert_eq!(before, state.selected_machine());
            }
            draw(&state, size.0, size.1);
        }
    }
}

#[test]
fn what_machines_have_cost_stands_in_their_columns() {
    let mut state = ready();
    let spent = |least, most| Spent { at_least: Some(Micros(least)), at_most: Some(Micros(most)), ..Spent::default() };
    let costs = Costs { today: spent(1_250_000, 1_250_000), month: spent(20_000_000, 31_000_000) };
    let machines = [("claw-alice".to_owned(), costs)].into();
    send(&mut state, Message::Event(Event::Spent { machines }));
    let cell = |name: &str, id: &str| {
        let found = state.machines.iter().flat_map(|m| &m.value).find(|i| i.name == name);
        (by_id(id).unwrap().cell)(&Row::new(&state, name, found)).text
    };
    assert_eq!((cell("claw-alice", "today").as_str(), cell("claw-alice", "month").as_str()), ("1.25", "≥20.00"));
    assert_eq!(cell("claw-bob", "today"), "");
}
