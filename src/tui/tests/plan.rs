//! The plan while it is planned, applied, held up and tried again.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{fixtures::*, terminal::draw};
use crate::{
    fleet::step::{Action, Risk, Step, StepId},
    ops::{Event, apply::Applied},
    tui::{
        message::{Command, Key, Message, Mouse, MouseAct},
        state::{Screen, State},
        steps::{with_those_after, with_those_before},
        tree::{PlanView, Tree},
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

/// The row that a step is on.
fn row_of(state: &State, wanted: &str) -> Option<usize> {
    let steps = &state.planned.as_ref().unwrap().plan.steps;
    state.plan.tree.rows().iter().position(|row| steps[row.step].id == id(wanted))
}

/// Puts the cursor on a step.
fn choose(state: &mut State, wanted: &str) {
    state.selected[Screen::Plan as usize] = row_of(state, wanted).unwrap();
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

/// A fold never looks whole when what it hides was taken out.
#[test]
fn what_a_fold_hides_is_taken_out_and_comes_back_with_it() {
    let mut state = planned();
    choose(&mut state, "ensure-group/openclaw-rg");
    press(&mut state, Key::Left);
    let all = state.planned.as_ref().unwrap().plan.steps.len();
    key(&mut state, "x");
    assert_eq!(state.undone.len(), all);
    let drawn = draw(&state, 120, 40);
    assert!(
        drawn.contains(&format!("{} taken out]", all - 1)) && drawn.contains(&format!("0 of {all} steps")),
        "{drawn}"
    );
    key(&mut state, "x");
    assert!(state.undone.is_empty(), "{:?}", state.undone);
    assert!(!draw(&state, 120, 40).contains("taken out"));
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

/// The line of the screen with these words.
fn line(state: &State, words: &str) -> String {
    let drawn = draw(state, 120, 40);
    drawn.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no {words}:\n{drawn}")).to_owned()
}

fn press(state: &mut State, key: Key) {
    send(state, Message::Key(key));
}

#[test]
fn a_branch_folds_and_its_fold_says_what_becomes_of_its_steps() {
    let mut state = failing();
    let all = state.lines(Screen::Plan);
    choose(&mut state, "create-machine/claw-bob");
    press(&mut state, Key::Left);
    assert_eq!(state.lines(Screen::Plan), all - 2);
    assert!(line(&state, "create claw-bob").contains("▶ ✖ + [2 steps] create claw-bob"));
    assert!(draw(&state, 120, 40).contains("Allocation failed."), "what failed itself still says why");
    press(&mut state, Key::Left);
    assert_eq!(state.at(Screen::Plan), 1, "to the step that it hangs on");
    press(&mut state, Key::Left);
    assert_eq!(row_of(&state, "create-machine/claw-alice"), None);
    assert!(line(&state, "deploy network").contains("steps: 1 failed, 1 run]"), "{}", draw(&state, 120, 40));
    assert!(!draw(&state, 120, 40).contains("Allocation failed."));
    let bob = StepId("create-machine/claw-bob".into());
    send(&mut state, Message::Event(Event::StepDone { step: bob, seconds: 1.0 }));
    assert!(line(&state, "deploy network").contains("steps: 1 run, 1 done]"));
    state.look.ascii = true;
    let plain = draw(&state, 120, 40);
    assert!(plain.is_ascii() && plain.contains(">  > o + ["), "{plain}");
    state.look.ascii = false;
    press(&mut state, Key::Right);
    assert_eq!(state.lines(Screen::Plan), all - 2, "what was folded inside is still");
    choose(&mut state, "create-machine/claw-bob");
    press(&mut state, Key::Right);
    assert_eq!(state.lines(Screen::Plan), all);
}

#[test]
fn steps_are_chosen_and_folded_by_mouse_where_they_are_drawn() {
    let mut state = failing();
    let (width, height) = (80, 20);
    send(&mut state, Message::Resize { width, height });
    let click = |state: &mut State, words: &str| {
        let drawn = draw(state, width, height);
        let y = drawn.lines().position(|l| l.contains(words)).unwrap_or_else(|| panic!("no {words}:\n{drawn}"));
        send(state, Message::Mouse(Mouse { act: MouseAct::Click, x: 30, y: y as u16 }));
    };
    click(&mut state, "give claw-bob the");
    assert_eq!(
        row_of(&state, "create-machine/claw-bob").map(|n| n + 1),
        Some(state.at(Screen::Plan)),
        "below an error's lines"
    );
    press(&mut state, Key::End);
    let below = draw(&state, width, height);
    assert!(!below.contains("create the group"), "{below}");
    let bob = row_of(&state, "create-machine/claw-chandra").unwrap();
    click(&mut state, "create claw-chandra");
    assert_eq!(state.at(Screen::Plan), bob);
    assert_eq!(draw(&state, width, height).lines().nth(4), below.lines().nth(4), "nothing moves under the hand");
    click(&mut state, "create claw-chandra");
    assert!(draw(&state, width, height).contains("▶ ○ + [2 steps] create claw-chandra"));
    click(&mut state, "create claw-chandra");
    assert!(draw(&state, width, height).contains("▼ ○ + create claw-chandra"));
}

#[test]
fn every_note_is_reached_and_shown_whole() {
    let mut state = planned();
    let (width, height) = (60, 16);
    send(&mut state, Message::Resize { width, height });
    let long = "a reason that takes more than one line of sixty characters, as reasons of policies do: it ends here";
    let gaps = &mut state.planned.as_mut().unwrap().observed.gaps;
    gaps.extend((0..9).map(|n| format!("gap {n}: {long}")));
    state.plan = PlanView::of(state.planned.as_ref().unwrap());
    press(&mut state, Key::End);
    press(&mut state, Key::Up);
    assert!(draw(&state, width, height).contains("gap 8"));
    let wheel = Message::Mouse(Mouse { act: MouseAct::WheelDown, x: 3, y: 12 });
    (0..4).for_each(|_| drop(send(&mut state, wheel.clone())));
    assert!(draw(&state, width, height).contains("ends here"), "{}", draw(&state, width, height));
    assert_eq!(key(&mut state, "x"), [], "a note is no step");
}

/// Ten thousand steps, of which only those in sight are drawn.
#[test]
fn a_large_plan_is_walked_from_end_to_end() {
    let mut state = planned();
    let model = state.planned.as_ref().unwrap().plan.steps[0].clone();
    let steps = (0..10_000usize).map(|n| Step {
        id: id(&format!("step/{n}")),
        description: format!("step {n} of many"),
        // Chains of ten, and one that is deeper than any screen is wide.
        after: if n > 9_000 || n % 10 > 0 { vec![id(&format!("step/{}", n - 1))] } else { Vec::new() },
        ..model.clone()
    });
    state.planned.as_mut().unwrap().plan.steps = steps.collect();
    state.plan = PlanView::of(state.planned.as_ref().unwrap());
    for (to, wanted) in [(Key::End, "step 9999 of"), (Key::PageUp, "step 9990 of"), (Key::Home, "step 0 of")] {
        press(&mut state, to);
        let drawn = draw(&state, 100, 30);
        assert!(drawn.contains(wanted), "{drawn}");
        assert!(drawn.lines().filter(|l| l.contains(" of many")).count() >= 18, "{drawn}");
    }
    state.selected[Screen::Plan as usize] = 9_000;
    press(&mut state, Key::Left);
    assert_eq!(state.lines(Screen::Plan), 9_001 + state.plan.notes.len());
    assert!(draw(&state, 100, 30).contains("[999 steps] step 9000"));
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
        let mut tree = Tree::of(&steps);
        let shown: Vec<usize> = tree.rows().iter().map(|row| row.step).collect();
        prop_assert_eq!(shown.iter().copied().collect::<BTreeSet<_>>().len(), 12);
        prop_assert_eq!(shown.len(), 12);
        for n in 0..12 {
            let below = tree.below(n);
            prop_assert_eq!(tree.fold(n), !below.is_empty());
            prop_assert_eq!(tree.rows().len(), 12 - below.len());
            prop_assert!(tree.rows().iter().all(|row| !below.contains(&row.step)));
            tree.unfold(n);
        }
        for step in &steps {
            let after = with_those_after(&steps, &step.id);
            prop_assert!(after.iter().all(|a| with_those_before(&steps, a).contains(&step.id)));
        }
    }
}
