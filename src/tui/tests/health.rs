//! Budgets, requests over time, machines that do not answer, and what went wrong.

use super::{fixtures::*, terminal::draw};
use crate::{
    ops::{
        Event,
        event::{Gauge, RoundTrip},
    },
    tui::{message::Message, state::State},
};

pub fn troubled() -> State {
    let mut state = ready();
    for n in 1..=40u64 {
        let gauge = Gauge {
            reads_left: 30,
            reads_max: 250,
            writes_left: 150,
            writes_max: 200,
            requests: n * n,
            throttled: n / 20,
            waiting_ms: 4_000,
        };
        send(&mut state, Message::Event(Event::Throttle { gauge }));
        let now = state.now + time::Duration::seconds(5);
        send(&mut state, Message::Tick(now));
    }
    let detail = "no answer within 8 s".into();
    send(&mut state, Message::Event(Event::Gateway { machine: "claw-dana".into(), ok: false, detail }));
    let message = "Azure asks to wait \u{1b}[2J".into();
    send(&mut state, Message::Event(Event::Problem { operation: "watch".into(), message, remedy: None }));
    let message = "AllocationFailed".into();
    send(&mut state, Message::Failed { operation: "start".into(), message, remedy: None });
    key(&mut state, "8");
    state
}

#[test]
fn what_holds_claw_up_is_on_one_screen() {
    let state = troubled();
    let drawn = draw(&state, 100, 24);
    for words in [
        "! reads left",
        "30 of 250",
        "150 of 200",
        "2 × 429",
        "! claw-dana",
        "no answer within 8 s",
        "start: Allocation",
    ] {
        assert!(drawn.contains(words), "{words} in\n{drawn}");
    }
    let order = drawn.find("AllocationFailed").unwrap() < drawn.find("Azure asks to wait").unwrap();
    assert!(order, "the newest first");
    assert_eq!(state.lines(state.screen), 3);
}

#[test]
fn the_slowest_machines_are_named_with_their_round_trips() {
    let mut state = troubled();
    let trip = |n: u64| RoundTrip { connected_us: 1_250_000, last_us: n * 1_000, median_us: n * 40_000 };
    let machines = (1..=12).map(|n| (format!("claw-m{n:02}"), trip(n))).collect();
    send(&mut state, Message::Event(Event::RoundTrips { machines }));
    let drawn = draw(&state, 100, 40);
    assert!(drawn.contains("slowest to answer over SSH, of 12"), "{drawn}");
    let line = drawn.lines().find(|l| l.contains("claw-m12")).unwrap();
    assert!(line.contains("median 480 ms") && line.contains("last 12 ms") && line.contains("within 1.2 s"), "{line}");
    assert!(drawn.find("claw-m12") < drawn.find("claw-m11") && !drawn.contains("claw-m02"), "{drawn}");
    assert_eq!(state.lines(state.screen), 13);
}
