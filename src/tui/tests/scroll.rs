//! What is longer than its box, and the sign of what is under way.

use super::{fixtures::*, machine::opened, terminal::draw};
use crate::tui::{
    message::{Key, Message, Mouse, MouseAct},
    state::State,
};

fn resize(state: &mut State, width: u16, height: u16) {
    send(state, Message::Resize { width, height });
}

#[test]
fn a_part_without_a_cursor_scrolls_to_its_last_line_and_no_line_is_cut_off() {
    let mut state = opened();
    resize(&mut state, 60, 16);
    key(&mut state, "o");
    let drawn = draw(&state, 60, 16);
    assert!(drawn.contains("▲") && drawn.contains("▼") && !drawn.contains("virtualMachines"), "{drawn}");
    send(&mut state, Message::Key(Key::End));
    let drawn = draw(&state, 60, 16);
    assert!(drawn.contains("virtualMachines/claw-bob"), "the whole of a long line: {drawn}");
    let last = state.machine.first;
    send(&mut state, Message::Mouse(Mouse { act: MouseAct::WheelDown, x: 5, y: 5 }));
    assert_eq!(state.machine.first, last, "not beyond its end");
    send(&mut state, Message::Mouse(Mouse { act: MouseAct::WheelUp, x: 5, y: 5 }));
    assert_eq!(state.machine.first, last - 3);
    send(&mut state, Message::Key(Key::End));
    send(&mut state, Message::Key(Key::Up));
    assert_ne!(draw(&state, 60, 16), drawn, "the first key back moves it");
    send(&mut state, Message::Key(Key::End));
    resize(&mut state, 100, 40);
    assert!(!draw(&state, 100, 40).contains("▲"), "all of it has room");
    assert!(draw(&state, 100, 40).contains("provisioning"));
    resize(&mut state, 60, 16);
    key(&mut state, "x");
    assert_eq!(state.machine.first, 0, "another part begins at its beginning");
}

#[test]
fn the_help_has_a_scrollbar_and_ends_with_its_last_key() {
    let mut state = ready();
    resize(&mut state, 80, 24);
    key(&mut state, "?");
    assert!(draw(&state, 80, 24).contains("▼"));
    for _ in 0..40 {
        send(&mut state, Message::Mouse(Mouse { act: MouseAct::WheelDown, x: 5, y: 5 }));
    }
    let drawn = draw(&state, 80, 24);
    assert!(drawn.contains("export"), "{drawn}");
    send(&mut state, Message::Key(Key::Up));
    assert_ne!(draw(&state, 80, 24), drawn, "it did not run beyond its end");
}

#[test]
fn what_is_under_way_turns_with_the_tick_and_stands_still_between() {
    let mut state = failing();
    let at = |state: &mut State, seconds| {
        send(state, Message::Tick(NOW + time::Duration::seconds(seconds)));
        let drawn = draw(state, 120, 40);
        let signs = ["◐", "◓", "◑", "◒"];
        signs.iter().position(|sign| drawn.contains(&format!("{sign} applying"))).unwrap()
    };
    let turned: Vec<usize> = (0..8).map(|n| at(&mut state, n)).collect();
    assert_eq!(turned, [0, 1, 2, 3, 0, 1, 2, 3]);
    assert_eq!(at(&mut state, 60), 0);
    state.look.ascii = true;
    let drawn = draw(&state, 120, 40);
    assert!(drawn.is_ascii() && drawn.contains("- applying"), "{drawn}");
    send(&mut state, Message::Tick(NOW + time::Duration::seconds(61)));
    assert!(draw(&state, 120, 40).contains("\\ applying"), "a set of its own");
    let mut calm = ready();
    let before = draw(&calm, 120, 40);
    calm.machines.as_mut().unwrap().at += time::Duration::seconds(1);
    calm.machines.as_mut().unwrap().value.iter_mut().for_each(|m| m.power.at += time::Duration::seconds(1));
    calm.now += time::Duration::seconds(1);
    let drawn = draw(&calm, 120, 40);
    let same = before.lines().zip(drawn.lines()).filter(|(a, b)| a == b).count();
    assert!(same >= before.lines().count() - 2, "nothing turns in a calm fleet");
}
