//! The plan while it is planned, applied, held up and tried again.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{fixtures::*, terminal::draw};
use crate::{
    fleet::step::{Action, Risk, Step, StepId},
    ops::{Event, apply::Applied},
    tui::{
        message::{Command, Key, Message},
        state::{Screen, State},
        steps::{tree, with_those_after, with_those_before},
    },
};

fn id(id: &str) -> StepId {
    StepId(id.into())
}

fn applied(commands: &[Command]) -> Vec<StepId> {
    match commands {
        [Command::Apply { steps }] => steps.clone(),
        other => panic!("{other:?}"),
    }
}

/// Puts the cursor on a step.
fn choose(state: &mut State, wanted: &str) {
    let steps = &state.planned.as_ref().unwrap().plan.steps;
    let at = tree(steps).iter().position(|(n, _)| steps[*n].id == id(wanted)).unwrap();
    state.selected[Screen::Plan as usize] = at;
}

#[test]
fn a_step_is_taken_out_with_those_that_wait_for_it_and_comes_back_with_those_it_needs() {
    let mut state = planned();
    choose(&mut state, "create-machine/claw-bob");
    key(&mut state, "x");
    assert!(state.undone.contains(&id("pin-host-key/claw-bob")) && !state.undone.contains(&id("ensure-infra")));
    assert!(draw(&state, 120, 40).contains("taken out"));
    let steps = applied(&key(&mut state, "ay"));
    assert!(!steps.iter().any(|s| s.0.ends_with("claw-bob")) && steps.contains(&id("create-machine/claw-alice")));
    assert_eq!(key(&mut state, "x"), [], "too late");

    let mut state = planned();
    choose(&mut state, "create-machine/claw-bob");
    key(&mut state, "x");
    choose(&mut state, "pin-host-key/claw-bob");
    key(&mut state, "x");
    assert!(!state.undone.contains(&id("create-machine/claw-bob")));
}

#[test]
fn what_failed_is_tried_again_and_nothing_that_is_done() {
    let mut state = failing();
    assert_eq!(key(&mut state, " "), [Command::Pause(true)]);
    assert!(draw(&state, 120, 40).contains("held up"));
    assert_eq!(key(&mut state, " "), [Command::Pause(false)]);
    assert_eq!(key(&mut state, "t"), [], "not while it runs");
    let failed = ("create-machine/claw-bob".to_owned(), "no".to_owned(), None);
    send(&mut state, Message::Applied(Applied { done: 1, failed: vec![failed], skipped: 1, interrupted: false }));
    assert!(matches!(key(&mut state, " ")[..], []), "nothing runs");
    let steps = applied(&key(&mut state, "ty"));
    assert!(steps.contains(&id("create-machine/claw-bob")) && !steps.contains(&id("ensure-group/openclaw-rg")));
    assert!(state.steps.contains_key(&id("ensure-group/openclaw-rg")), "what is done stays shown");
    for step in steps {
        send(&mut state, Message::Event(Event::StepDone { step, seconds: 1.0 }));
    }
    send(&mut state, Message::Applied(Applied { done: 20, ..Applied::default() }));
    assert_eq!(key(&mut state, "t"), []);
    assert!(state.note.as_ref().unwrap().0.contains("every step is done"));
}

#[test]
fn before_and_after_of_the_step_under_the_cursor_are_shown() {
    let mut state = planned();
    choose(&mut state, "create-machine/claw-alice");
    let drawn = draw(&state, 120, 40);
    assert!(drawn.contains("no machine  →  Standard_B2s for alice@example.com"), "{drawn}");
    send(&mut state, Message::Key(Key::Home));
}

proptest! {
    #[test]
    fn every_step_is_in_the_tree_once_below_what_it_waits_for(edges in prop::collection::vec((0..12usize, 0..12usize), 0..30)) {
        let mut steps: Vec<Step> = (0..12).map(|n| Step {
            id: id(&n.to_string()), action: Action::EnsureGroup, risk: Risk::Safe, target: String::new(),
            description: String::new(), after: Vec::new(),
        }).collect();
        for (from, to) in edges {
            steps[to].after.push(id(&from.to_string()));
        }
        let shown: Vec<usize> = tree(&steps).into_iter().map(|(n, _)| n).collect();
        prop_assert_eq!(shown.iter().copied().collect::<BTreeSet<_>>().len(), 12);
        prop_assert_eq!(shown.len(), 12);
        for step in &steps {
            let after = with_those_after(&steps, &step.id);
            prop_assert!(after.iter().all(|a| with_those_before(&steps, a).contains(&step.id)));
        }
    }
}
