//! Keys of the machine screen, and what the machine's history takes from events.

use super::super::{
    machine::{MachineAct, Tab, machine_of},
    message::Command,
    state::{Screen, State},
};
use crate::ops::Event;

pub fn open(state: &mut State) {
    (state.screen, state.log_look.cursor) = (Screen::Machine, None);
    (state.machine.first, state.selected[Screen::Machine as usize]) = (0, 0);
}

pub fn act(state: &mut State, act: MachineAct) -> Vec<Command> {
    match act {
        MachineAct::Show(tab) => {
            (state.machine.tab, state.machine.first) = (tab, 0);
            (state.log_look.cursor, state.selected[Screen::Machine as usize]) = (None, 0);
        }
        MachineAct::Again => return load(state, true),
        MachineAct::Next => super::logs::other(state, 1),
        MachineAct::Previous => super::logs::other(state, -1),
    }
    load(state, false)
}

/// Asks for what the tab shows, if nobody did yet.
fn load(state: &mut State, again: bool) -> Vec<Command> {
    let Some(machine) = state.selected_machine() else { return Vec::new() };
    let view = &mut state.machine;
    let known = match view.tab {
        Tab::Checks => view.checks.contains_key(&machine),
        Tab::Drift => view.drift.contains_key(&machine),
        Tab::Bill => view.prices.is_some(),
        _ => return Vec::new(),
    };
    if known && !again {
        return Vec::new();
    }
    view.failed.remove(&(machine.clone(), view.tab.title().to_owned()));
    vec![Command::Ask { machine, tab: view.tab }]
}

/// Before an event is taken in: what the histories of machines keep of it.
pub fn note(state: &mut State, event: &Event) {
    if let Event::Machines { machines, fresh } = event {
        // A picture that is not fresh waits for the next one: the first frame needs no history.
        let before = state.machines.iter().filter(|_| !state.seen_fresh).flat_map(|seen| &seen.value);
        let now = machines.value.iter().filter(|_| *fresh);
        for instance in before.chain(now) {
            state.machine.history.entry(instance.name.clone()).or_default().see(instance);
        }
    }
    if let Some(machine) = machine_of(event) {
        let now = state.now;
        state.machine.history.entry(machine.to_owned()).or_default().note(event, now);
    }
}
