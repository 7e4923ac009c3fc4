//! What is done to machines: the named ones, the marked ones, or the one under the cursor.

use super::{
    super::{
        keymap::Action,
        message::Command,
        prompt::{Kind, Prompt},
        state::{Screen, State},
    },
    ask::{ask, note},
    fleet,
};
use crate::{
    fleet::instance::PowerState,
    ops::{power::Power, text::harmless},
};

/// The marked machines, or the one under the cursor.
pub fn act(state: &mut State, action: Action) -> Vec<Command> {
    let targets = match action {
        Action::Shell | Action::Open => state.selected_machine().into_iter().collect(),
        _ => state.fleet.targets(),
    };
    if targets.is_empty() {
        return note(state, "there is no machine yet");
    }
    let there: Vec<String> = targets.into_iter().filter(|name| state.power(name).is_some()).collect();
    if there.is_empty() {
        return note(state, "that machine is not there yet: press p to plan it");
    }
    on(state, action, there)
}

/// Machines by their names.
pub fn named(state: &mut State, action: Action, machines: Vec<String>) -> Vec<Command> {
    if let Some(machine) = machines.iter().find(|m| action != Action::OpenLogs && state.power(m).is_none()) {
        let words = format!("{machine} is not there yet: press p to plan it");
        return note(state, &words);
    }
    on(state, action, machines)
}

fn on(state: &mut State, action: Action, machines: Vec<String>) -> Vec<Command> {
    match (action, machines.first()) {
        (Action::Start, _) => power(state, Power::Start, machines),
        (Action::Stop, _) => power(state, Power::Stop, machines),
        (Action::Restart, _) => power(state, Power::Restart, machines),
        (Action::Shell, Some(machine)) => vec![Command::Shell(machine.clone())],
        (Action::Open, Some(machine)) => vec![Command::Open(machine.clone())],
        (Action::OpenLogs, Some(machine)) => {
            state.fleet.cursor = Some(machine.clone());
            fleet::keep_in_sight(state);
            (state.screen, state.log_look.cursor) = (Screen::Logs, None);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// What interrupts people wants the name typed, or the number.
fn power(state: &mut State, power: Power, machines: Vec<String>) -> Vec<Command> {
    let word = power.word();
    match &machines[..] {
        [_] if power == Power::Start => vec![Command::Power { machines, power }],
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

/// A command for the marked machines, or the one under the cursor, is typed.
pub fn ask_command(state: &mut State) -> Vec<Command> {
    if state.fleet.targets().iter().all(|name| state.power(name).is_none()) {
        return note(state, "there is no machine yet");
    }
    state.prompt = Some(Prompt::new(Kind::Exec, ""));
    Vec::new()
}

/// The typed command; on many machines their number is asked for.
pub fn exec(state: &mut State, command: &str) -> Vec<Command> {
    let machines: Vec<String> =
        state.fleet.targets().into_iter().filter(|name| state.power(name) == Some(PowerState::Running)).collect();
    let shown = harmless(command);
    let command = command.to_owned();
    match &machines[..] {
        [] => note(state, "none of these machines is on"),
        [one] => {
            let question = format!("Run `{shown}` on {one}?");
            ask(state, question, None, Command::Exec { machines, command })
        }
        many => {
            let expected = format!("run {}", many.len());
            let question = format!("This will run `{shown}` on {}. Type “{expected}”:", many.join(", "));
            ask(state, question, Some(expected), Command::Exec { machines, command })
        }
    }
}
