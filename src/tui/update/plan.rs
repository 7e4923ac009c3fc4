//! Keys of the plan: apply, hold up, go on, try again, take a step out.

use super::{
    super::{
        keymap::Action,
        message::{Command, Mouse, MouseAct},
        screens::plan,
        state::{Screen, State, StepState},
        steps::{with_those_after, with_those_before},
        view,
    },
    ask::{ask, note},
};
use crate::fleet::step::{Risk, Step};

pub fn act(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::Pause => pause(state),
        Action::Retry => retry(state),
        Action::Undo => undo(state),
        Action::Fold => fold(state),
        Action::Unfold => unfold(state),
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
    let n = if steps.len() == 1 { "1 step".to_owned() } else { format!("{} steps", steps.len()) };
    let destroyed = steps.iter().find(|s| s.risk == Risk::Destroys).map(|s| s.target.clone());
    let question = match &destroyed {
        Some(name) => format!("This destroys {name} and its data. Type its name to {} {n}:", word.to_lowercase()),
        None => format!("{word} {n}?"),
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
    let chosen = state.plan.step(state.at(Screen::Plan));
    let Some(id) = chosen.and_then(|n| steps.get(n)).map(|s| s.id.clone()) else {
        return note(state, "there is no step here");
    };
    if state.undone.contains(&id) {
        let mut back = with_those_before(steps, &id);
        // What a fold hides goes and comes with it.
        let hidden = chosen.filter(|n| state.plan.tree.is_folded(*n)).map(|n| state.plan.tree.below(n));
        back.extend(hidden.into_iter().flatten().filter_map(|n| Some(steps.get(n)?.id.clone())));
        state.undone.retain(|gone| !back.contains(gone));
    } else {
        let gone = with_those_after(steps, &id);
        state.undone.extend(gone);
    }
    Vec::new()
}

/// Hides what hangs on the step; where nothing does, goes to the step that it hangs on.
fn fold(state: &mut State) -> Vec<Command> {
    let at = state.at(Screen::Plan);
    if let Some(step) = state.plan.step(at)
        && !state.plan.tree.fold(step)
    {
        state.selected[Screen::Plan as usize] = state.plan.tree.above(at).unwrap_or(at);
    }
    keep_in_sight(state);
    Vec::new()
}

fn unfold(state: &mut State) -> Vec<Command> {
    if let Some(step) = state.plan.step(state.at(Screen::Plan)) {
        state.plan.tree.unfold(step);
    }
    keep_in_sight(state);
    Vec::new()
}

/// After the cursor moved, or the window became another.
pub fn keep_in_sight(state: &mut State) {
    state.plan.first = plan::first(state, view::body(state.size));
    state.plan.details = 0;
}

/// A click chooses a step, once more on the same one folds or unfolds it; the wheel scrolls the details where they are.
/// False where the plan's screen has nothing of its own there.
pub fn mouse(state: &mut State, mouse: Mouse) -> bool {
    let (area, at) = (view::body(state.size), (mouse.x, mouse.y).into());
    match mouse.act {
        MouseAct::Click | MouseAct::Mark => {
            let Some(row) = plan::row_at(state, area, at) else { return false };
            let again = state.at(Screen::Plan) == row;
            state.selected[Screen::Plan as usize] = row;
            if let Some(step) = state.plan.step(row).filter(|_| again || mouse.act == MouseAct::Mark) {
                let _ = state.plan.tree.unfold(step) || state.plan.tree.fold(step);
            }
            keep_in_sight(state);
            true
        }
        MouseAct::WheelUp | MouseAct::WheelDown => {
            let Some((_, last)) = plan::details_at(state, area).filter(|(place, _)| place.contains(at)) else {
                return false;
            };
            let to = state.plan.details.saturating_add_signed(if mouse.act == MouseAct::WheelUp { -1 } else { 1 });
            state.plan.details = to.min(last);
            true
        }
    }
}
