//! `update(state, message) → commands`: pure.

mod ask;
mod events;
mod fleet;
mod keys;
mod logs;
mod machine;
mod machines;
mod mouse;
mod pairings;
mod plan;
mod prompt;
mod record;
mod setup;
mod theme;
mod typing;

use super::{
    feeds,
    message::{Command, Message},
    state::{Confirm, Screen, State},
    tree::PlanView,
};
use crate::ops::Event;

pub fn update(state: &mut State, message: Message) -> Vec<Command> {
    if let Message::Lines(arrived) = message {
        arrived.into_iter().for_each(|one| state.logs.take(one, state.now));
        return Vec::new();
    }
    let looks = matches!(message, Message::Key(_) | Message::Mouse(_) | Message::Tick(_));
    let before = state.screen;
    let said = looks.then(|| state.note.clone());
    let told = record::is_told(&message);
    let mut commands = match message {
        Message::Key(key) => keys::press(state, key),
        Message::Paste(text) => keys::paste(state, &text),
        Message::Mouse(mouse) => mouse::mouse(state, mouse),
        Message::Resize { width, height } => {
            state.size = (width, height);
            fleet::keep_in_sight(state);
            plan::keep_in_sight(state);
            Vec::new()
        }
        Message::Tick(now) => {
            state.now = now;
            state.health.go_on(now);
            events::expire(state);
            fleet::arrange_again(state);
            Vec::new()
        }
        Message::Event(event) => {
            let (new_rows, flood) = (matches!(event, Event::Machines { .. }), is_flood(&event));
            events::take(state, event);
            if flood {
                return Vec::new();
            }
            state.fleet.has_news = true;
            if new_rows {
                fleet::arrange(state);
            }
            Vec::new()
        }
        Message::Answered { machine, answer } => {
            state.machine.take(machine, answer, state.now);
            Vec::new()
        }
        other => {
            state.fleet.has_news = true;
            result(state, other)
        }
    };
    commands.extend(record::after(state, before, told));
    // What was said on one screen is no news on the next.
    if state.screen != before && said.is_some_and(|said| said == state.note) {
        state.note = None;
    }
    for screen in Screen::ALL.into_iter().filter(|s| *s != Screen::Fleet) {
        let last = state.lines(screen).saturating_sub(1);
        state.selected[screen as usize] = state.at(screen).min(last);
    }
    if looks {
        commands.extend(follow(state));
    }
    commands
}

/// Whether the message can change anything that is shown.
pub fn is_news(state: &State, message: &Message) -> bool {
    match message {
        Message::Event(event) => events::is_news(state, event),
        Message::Lines(arrived) => !arrived.is_empty(),
        _ => true,
    }
}

/// Logs that came into view, or went. One that comes again is read from its start again.
fn follow(state: &mut State) -> Option<Command> {
    let wanted = feeds::wanted(state);
    if wanted == state.followed {
        return None;
    }
    wanted.iter().filter(|feed| !state.followed.contains(feed)).for_each(|feed| state.logs.forget(feed));
    state.followed.clone_from(&wanted);
    Some(Command::Follow(wanted))
}

/// Events that come by the thousand and change no list: they may cost next to nothing.
fn is_flood(event: &Event) -> bool {
    matches!(event, Event::Line { .. } | Event::Throttle { .. } | Event::RoundTrips { .. } | Event::StepProgress { .. })
}

/// A question about what is another now is no longer open: a `y` would be an answer to something that was not shown.
fn withdraw(state: &mut State, message: &Message) {
    let is_about = |confirm: &mut Confirm| match message {
        Message::Planned(_) => matches!(confirm.command, Command::Apply { .. }),
        // Replaces nothing.
        Message::Saved(saved) if saved.machines.is_empty() && saved.unreachable.is_empty() => false,
        Message::Diffed(_) | Message::Saved(_) => matches!(confirm.command, Command::Push | Command::Rollback),
        _ => false,
    };
    if state.confirm.take_if(is_about).is_some() {
        state.note = Some(("what was asked about is another now: look again".into(), true));
    }
}

/// Results of commands.
fn result(state: &mut State, message: Message) -> Vec<Command> {
    withdraw(state, &message);
    match message {
        Message::Planned(planned) => {
            state.planning = false;
            state.applied = None;
            state.steps.clear();
            state.undone.clear();
            state.plan = PlanView::of(&planned);
            state.planned = Some(planned);
            fleet::arrange(state);
        }
        Message::Applied(applied) => {
            (state.applying, state.paused) = (false, false);
            let mut words = format!("applied: {} done", applied.done);
            if !applied.failed.is_empty() {
                words.push_str(&format!(", {} failed, {} not tried", applied.failed.len(), applied.skipped));
            }
            if applied.interrupted {
                words.push_str(", interrupted: t goes on with the rest");
            }
            state.note = Some((words.clone(), !applied.failed.is_empty()));
            state.applied = Some(words);
        }
        Message::Saved(saved) if saved.machines.is_empty() && saved.unreachable.is_empty() => {
            state.asking = None;
            state.note = Some(("no machine keeps a config from before a push".into(), true));
        }
        Message::Diffed(_) | Message::Saved(_) => {
            state.back = matches!(message, Message::Saved(_));
            let (Message::Diffed(diff) | Message::Saved(diff)) = message else { return Vec::new() };
            state.asking = None;
            state.pushed = None;
            state.diff = Some(diff);
        }
        Message::Pushed(pushed) => {
            state.asking = None;
            let words = format!(
                "{} {} machines, {} failed",
                if state.back { "rolled back" } else { "pushed to" },
                pushed.pushed.len(),
                pushed.failed.len()
            );
            state.note = Some((words, !pushed.failed.is_empty()));
            state.pushed = Some(pushed);
        }
        Message::Verdicts(verdicts) => {
            state.asking = None;
            for one in verdicts {
                if one.deallocated {
                    state.note = Some((format!("{} deallocated: {}", one.machine, one.verdict.reason), false));
                }
                state.verdicts.insert(one.machine, one.verdict);
            }
        }
        Message::Activity(record) => {
            // The cursor stays on the action it is on.
            let before = state.actions().count();
            state.record = Some(record);
            let at = state.at(Screen::Activity);
            if at > 0 {
                state.selected[Screen::Activity as usize] = at + state.actions().count().saturating_sub(before);
            }
        }
        Message::Ran { machine, answer } => {
            if let Some(slot) = state.exec.as_mut().and_then(|e| e.machines.get_mut(&machine)) {
                slot.end = Some(answer);
            }
        }
        Message::Said { machine, text } => {
            if let Some(slot) = state.exec.as_mut().and_then(|e| e.machines.get_mut(&machine)) {
                slot.say(&text);
            }
        }
        Message::Founded => {
            (state.setup, state.screen, state.planning) = (None, Screen::Plan, true);
            state.note = Some(("team.json is written: this is what it would make".into(), false));
            return vec![Command::Plan];
        }
        Message::Done(words) => state.note = Some((words, false)),
        Message::Failed { operation, message, remedy } => {
            (state.planning, state.asking) = (false, None);
            if operation == "up" {
                (state.applying, state.paused) = (false, false);
            }
            let now = state.now;
            state.health.trouble(&operation, &message, now);
            let remedy = remedy.map(|r| format!(" · {r}")).unwrap_or_default();
            state.note = Some((format!("{operation}: {message}{remedy}"), true));
        }
        _ => {}
    }
    Vec::new()
}
