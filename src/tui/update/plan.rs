//! Keys of the plan: apply, hold up, go on, try again, take a step out.

use super::{
    super::{
        keymap::Action,
        message::Command,
        state::{Screen, State, StepState},
        steps::{tree, with_those_after, with_those_before},
    },
    ask::{ask, note},
};
use crate::fleet::step::{Risk, Step, StepId};

pub fn act(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::Pause => pause(state),
        Action::Retry => retry(state),
        Action::Undo => undo(state),
        _ => apply(state),
    }
}

fn apply(state: &mut State) -> Vec<Command> {
    let Some(plan) = state.planned.as_ref().map(|p| &p.plan) else {
        return note(state, "there is no plan yet: press r");
    };
    if state.applying {
        return note(state, "the plan is being applied already");
    }
    if state.applied.is_some() {
        return note(state, "this plan was applied: press r to plan again, t to try what failed");
    }
    if let Some(refusal) = plan.refusals.first() {
        let words = format!("refused: {} · {}", refusal.reason, refusal.remedy);
        return note(state, &words);
    }
    let steps: Vec<Step> = plan.steps.iter().filter(|s| !state.undone.contains(&s.id)).cloned().collect();
    if steps.is_empty() {
        return note(state, "nothing to do");
    }
    confirm(state, &steps, "Apply")
}

/// What destroys has its name typed.
fn confirm(state: &mut State, steps: &[Step], word: &str) -> Vec<Command> {
    let n = steps.len();
    let destroyed = steps.iter().find(|s| s.risk == Risk::Destroys).map(|s| s.target.clone());
    let question = match &destroyed {
        Some(name) => format!("This destroys {name} and its data. Type its name to {} {n} steps:", word.to_lowercase()),
        None => format!("{word} {n} steps?"),
    };
    ask(state, question, destroyed, Command::Apply { steps: steps.iter().map(|s| s.id.clone()).collect() })
}

fn pause(state: &mut State) -> Vec<Command> {
    if !state.applying {
        return note(state, "nothing is being applied");
    }
    state.paused = !state.paused;
    vec![Command::Pause(state.paused)]
}

/// Everything of this plan that was not done.
fn retry(state: &mut State) -> Vec<Command> {
    if state.applying || state.applied.is_none() {
        return note(state, "t tries again what failed, once the plan was applied");
    }
    let is_open =
        |s: &&Step| !state.undone.contains(&s.id) && !matches!(state.steps.get(&s.id), Some(StepState::Done { .. }));
    let steps: Vec<Step> = state.planned.iter().flat_map(|p| &p.plan.steps).filter(is_open).cloned().collect();
    if steps.is_empty() {
        return note(state, "every step is done");
    }
    confirm(state, &steps, "Try again")
}

/// Takes the step under the cursor out of the plan, with those that wait for it; or back in, with those it waits for.
fn undo(state: &mut State) -> Vec<Command> {
    if state.applying || state.applied.is_some() {
        return note(state, "a step can only be taken out while it is planned");
    }
    let Some(planned) = &state.planned else { return note(state, "there is no plan yet: press r") };
    let steps = &planned.plan.steps;
    let chosen: Option<StepId> =
        tree(steps).get(state.at(Screen::Plan)).and_then(|(n, _)| steps.get(*n)).map(|s| s.id.clone());
    let Some(id) = chosen else { return note(state, "there is no step here") };
    if state.undone.contains(&id) {
        let back = with_those_before(steps, &id);
        state.undone.retain(|gone| !back.contains(gone));
    } else {
        let gone = with_those_after(steps, &id);
        state.undone.extend(gone);
    }
    Vec::new()
}
