//! Keys: an open question first, then the keymap.

use super::{
    super::{
        keymap::Action,
        message::{Command, Key},
        state::{Confirm, Screen, State},
    },
    fleet,
};
use crate::{
    fleet::{idle::IdleState, step::Risk},
    ops::{pairings::Decision, power::Power},
};

const PAGE: usize = 10;

pub fn press(state: &mut State, key: Key) -> Vec<Command> {
    if state.confirm.is_some() {
        return answer(state, key);
    }
    if !state.help
        && let Some(commands) =
            fleet::typed(state, key).or_else(|| fleet::choose(state, key)).or_else(|| super::typing::press(state, key))
    {
        return commands;
    }
    let Some(action) = action(state, key) else { return Vec::new() };
    if state.help {
        state.help = false;
        if !matches!(action, Action::Quit | Action::Interrupt) {
            return Vec::new();
        }
    }
    act(state, action)
}

/// What a key does here. Where a machine's log is shown, the log screen's keys come after the machine screen's.
fn action(state: &State, key: Key) -> Option<Action> {
    let own = state.keys.of(Some(state.screen)).any(|b| b.keys.contains(&key));
    let screen = if is_log(state) && !own { Screen::Logs } else { state.screen };
    state.keys.find(key, screen)
}

fn is_log(state: &State) -> bool {
    crate::tui::feeds::is_in_view(state)
}

/// An open question takes every key.
fn answer(state: &mut State, key: Key) -> Vec<Command> {
    let Some(mut confirm) = state.confirm.take() else { return Vec::new() };
    let yes = match (&confirm.expected, key) {
        (None, Key::Char('y')) => true,
        (Some(expected), Key::Enter) => &confirm.typed == expected,
        (_, Key::Esc | Key::Ctrl('c')) | (None, Key::Char('n' | 'q')) => return Vec::new(),
        (Some(_), Key::Char(c)) => {
            confirm.typed.push(c);
            false
        }
        (Some(_), Key::Backspace) => {
            confirm.typed.pop();
            false
        }
        _ => false,
    };
    if !yes {
        state.confirm = Some(confirm);
        return Vec::new();
    }
    match &confirm.command {
        Command::Apply => {
            (state.applying, state.applied) = (true, None);
            state.steps.clear();
        }
        Command::Push => state.asking = Some("pushing"),
        Command::Deallocate(_) => state.asking = Some("deallocating"),
        _ => {}
    }
    vec![confirm.command]
}

fn ask(state: &mut State, question: String, expected: Option<String>, command: Command) -> Vec<Command> {
    state.confirm = Some(Confirm { question, expected, typed: String::new(), command });
    Vec::new()
}

fn note(state: &mut State, words: &str) -> Vec<Command> {
    state.note = Some((words.to_owned(), true));
    Vec::new()
}

pub fn act(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::Quit if state.applying => {
            return ask(state, "Steps are running; Azure goes on with them. Leave?".into(), None, Command::Quit);
        }
        Action::Quit => return vec![Command::Quit],
        Action::Interrupt if state.applying => return vec![Command::CancelApply],
        Action::Interrupt => return vec![Command::Quit],
        Action::Help => state.help = true,
        Action::Back if is_log(state) && super::logs::clear(state) => {}
        Action::Back if state.screen == Screen::Fleet => return fleet::act(state, action),
        Action::Filter
        | Action::Mark
        | Action::MarkAll
        | Action::Columns
        | Action::SortNext
        | Action::SortPrevious
        | Action::Reverse
        | Action::ScrollLeft
        | Action::ScrollRight => return fleet::act(state, action),
        Action::Back => state.screen = Screen::Fleet,
        Action::Go(screen) => state.screen = screen,
        Action::NextScreen => state.screen = state.screen.beside(1),
        Action::PreviousScreen => state.screen = state.screen.beside(-1),
        Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Top | Action::Bottom
            if is_log(state) =>
        {
            super::logs::go(state, action);
        }
        Action::Up => go(state, |at, _| at.saturating_sub(1)),
        Action::Down => go(state, |at, last| (at + 1).min(last)),
        Action::PageUp => go(state, |at, _| at.saturating_sub(PAGE)),
        Action::PageDown => go(state, |at, last| (at + PAGE).min(last)),
        Action::Top => go(state, |_, _| 0),
        Action::Bottom => go(state, |_, last| last),
        Action::OpenLogs => (state.screen, state.look.cursor) = (Screen::Logs, None),
        Action::OpenMachine => super::machine::open(state),
        Action::Machine(act) => return super::machine::act(state, act),
        Action::Log(act) => return super::logs::act(state, act),
        other => return work(state, other),
    }
    Vec::new()
}

/// Moves the cursor.
fn go(state: &mut State, to: impl Fn(usize, usize) -> usize) {
    let last = state.lines(state.screen).saturating_sub(1);
    let at = to(state.at(state.screen), last);
    if state.screen == Screen::Fleet {
        return fleet::move_to(state, at);
    }
    state.selected[state.screen as usize] = at;
}

fn work(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::Replan => {
            (state.screen, state.planning) = (Screen::Plan, true);
            vec![Command::Plan]
        }
        Action::Apply => apply(state),
        Action::Start | Action::Stop | Action::Restart => power(state, action),
        Action::Approve | Action::Reject => decide(state, action),
        Action::Revoke => revoke(state),
        Action::Diff if !state.has_config_file => note(state, "no config file here: claw config push FILE"),
        Action::Diff => {
            (state.screen, state.asking) = (Screen::Config, Some("asking every machine"));
            vec![Command::Diff]
        }
        Action::Push => {
            let changes = state.diff.iter().flat_map(|d| &d.machines).filter(|m| !m.changes.is_empty()).count();
            match changes {
                0 => note(state, "nothing to push: compare first, or every machine has it already"),
                n => ask(state, format!("Push to {n} machines, the first one alone?"), None, Command::Push),
            }
        }
        Action::CheckIdle => {
            (state.screen, state.asking) = (Screen::Idle, Some("asking every machine"));
            vec![Command::Idle]
        }
        Action::Deallocate => {
            let chosen = state.verdicts.iter().nth(state.at(Screen::Idle));
            match chosen.map(|(m, v)| (m.clone(), v.clone())) {
                Some((machine, verdict)) if verdict.state == IdleState::Idle => {
                    let question = format!("Deallocate {machine}? It is {}", verdict.reason);
                    ask(state, question, None, Command::Deallocate(vec![machine]))
                }
                Some(_) => note(state, "only an idle machine can be deallocated here; S on the fleet stops any"),
                None => note(state, "press i to ask the machines first"),
            }
        }
        _ => Vec::new(),
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
        return note(state, "this plan was applied: press r to plan again");
    }
    if let Some(refusal) = plan.refusals.first() {
        let words = format!("refused: {} · {}", refusal.reason, refusal.remedy);
        return note(state, &words);
    }
    if plan.is_empty() {
        return note(state, "nothing to do");
    }
    let destroyed = plan.steps.iter().find(|s| s.risk == Risk::Destroys).map(|s| s.target.clone());
    let question = match &destroyed {
        Some(name) => format!("This destroys {name} and its data. Type its name to apply {} steps:", plan.steps.len()),
        None => format!("Apply {} steps?", plan.steps.len()),
    };
    ask(state, question, destroyed, Command::Apply)
}

/// The marked machines, or the one under the cursor. What interrupts people wants the name typed, or the number.
fn power(state: &mut State, action: Action) -> Vec<Command> {
    let targets = state.fleet.targets();
    if targets.is_empty() {
        return note(state, "there is no machine yet");
    }
    let machines: Vec<String> = targets.into_iter().filter(|name| state.power(name).is_some()).collect();
    let power = match action {
        Action::Start => Power::Start,
        Action::Stop => Power::Stop,
        _ => Power::Restart,
    };
    let word = power.word();
    match &machines[..] {
        [] => note(state, "that machine is not there yet: press p to plan it"),
        [one] if power == Power::Start => vec![Command::Power { machines: vec![one.clone()], power }],
        [one] => {
            let question =
                format!("This will {word} {one}: whoever works on it is interrupted, its data stays. Type its name:");
            let expected = one.clone();
            ask(state, question, Some(expected), Command::Power { machines, power })
        }
        many if power == Power::Start => {
            let question = format!("Start {} machines: {}?", many.len(), many.join(", "));
            ask(state, question, None, Command::Power { machines, power })
        }
        many => {
            let names = many.join(", ");
            let expected = format!("{word} {}", many.len());
            let question = format!(
                "This will {word} {names}: whoever works on them is interrupted, their data stays. Type “{expected}”:"
            );
            ask(state, question, Some(expected), Command::Power { machines, power })
        }
    }
}

fn decide(state: &mut State, action: Action) -> Vec<Command> {
    let request = state.pending().get(state.at(Screen::Pairings)).map(|r| (*r).clone());
    let Some(request) = request else {
        let words =
            if state.paired().is_empty() { "no device asks to be paired" } else { "this one is paired: v revokes" };
        return note(state, words);
    };
    let (word, decision) = match action {
        Action::Approve => ("Approve", Decision::Approve),
        _ => ("Reject", Decision::Reject),
    };
    let name = crate::ops::text::harmless(&request.display_name);
    let question = format!("{word} {name} at {} with {}?", request.machine, request.asks_for());
    let command = Command::Decide { machine: request.machine, request_id: request.request_id, decision };
    ask(state, question, None, command)
}

fn revoke(state: &mut State) -> Vec<Command> {
    let at = state.at(Screen::Pairings).checked_sub(state.pending().len());
    let device = at.and_then(|at| state.paired().get(at).map(|d| (*d).clone()));
    let Some(device) = device else { return note(state, "only a paired device can be revoked") };
    let name = crate::ops::text::harmless(&device.label);
    let question = format!("Revoke {name} at {}? It has to ask again.", device.machine);
    ask(state, question, None, Command::Revoke { machine: device.machine, device_id: device.device_id })
}
