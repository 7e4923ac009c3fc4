//! Keys of the inbox: one request or all marked ones, and devices that are paired.

use super::{
    super::{
        keymap::Action,
        message::Command,
        prompt::{Kind, Prompt},
        state::{Screen, State},
    },
    ask::{ask, note},
};
use crate::{
    fleet::pairing::{PairedDevice, PairingRequest},
    ops::{
        pairings::{Change, Decision},
        text::harmless,
    },
};

pub fn act(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::Mark => mark(state),
        Action::Revoke | Action::Rename | Action::Rotate | Action::Remove => change(state, action),
        other => decide(state, other),
    }
}

fn id(request: &PairingRequest) -> (String, String) {
    (request.machine.clone(), request.request_id.clone())
}

fn mark(state: &mut State) -> Vec<Command> {
    let at = state.at(Screen::Pairings);
    let Some(id) = state.pending().get(at).map(|request| id(request)) else {
        return note(state, "only a request can be marked");
    };
    if !state.marked.remove(&id) {
        state.marked.insert(id);
    }
    state.selected[Screen::Pairings as usize] = (at + 1).min(state.lines(Screen::Pairings).saturating_sub(1));
    Vec::new()
}

/// The marked requests that are still open, else the one under the cursor.
fn chosen(state: &State) -> Vec<PairingRequest> {
    let pending = state.pending();
    let marked: Vec<_> = pending.iter().filter(|r| state.marked.contains(&id(r))).map(|r| (*r).clone()).collect();
    if !marked.is_empty() {
        return marked;
    }
    pending.get(state.at(Screen::Pairings)).map(|r| (*r).clone()).into_iter().collect()
}

fn decide(state: &mut State, action: Action) -> Vec<Command> {
    let requests = chosen(state);
    let (word, decision) = match action {
        Action::Approve => ("Approve", Decision::Approve),
        _ => ("Reject", Decision::Reject),
    };
    let question = match requests.as_slice() {
        [] => {
            let nobody = state.paired().is_empty();
            return note(state, if nobody { "no device asks to be paired" } else { "this one is paired: v revokes" });
        }
        [one] => format!("{word} {} at {} with {}?", harmless(&one.display_name), one.machine, one.asks_for()),
        many => {
            let names =
                many.iter().map(|r| format!("{} at {} with {}", harmless(&r.display_name), r.machine, r.asks_for()));
            format!("{word} {} devices? {}", many.len(), names.collect::<Vec<_>>().join("; "))
        }
    };
    ask(state, question, None, Command::Decide { requests: requests.iter().map(id).collect(), decision })
}

/// The paired device under the cursor.
fn device(state: &State) -> Option<PairedDevice> {
    let at = state.at(Screen::Pairings).checked_sub(state.pending().len())?;
    state.paired().get(at).map(|d| (*d).clone())
}

fn change(state: &mut State, action: Action) -> Vec<Command> {
    let Some(device) = device(state) else { return note(state, "only a paired device can be changed") };
    let (name, machine) = (harmless(&device.label), device.machine.clone());
    let command =
        |change| Command::Device { machine: device.machine.clone(), device_id: device.device_id.clone(), change };
    match action {
        Action::Rename => {
            state.renaming = Some((device.machine.clone(), device.device_id.clone()));
            state.prompt = Some(Prompt::new(Kind::Rename, &device.label));
            Vec::new()
        }
        Action::Rotate => {
            let question = format!("Replace the tokens of {name} at {machine}? Only the device gets the new ones.");
            ask(state, question, None, command(Change::Rotate { role: None }))
        }
        Action::Remove => {
            let question = format!("This will forget {name} at {machine} altogether. Type {machine}:");
            ask(state, question, Some(machine), command(Change::Remove))
        }
        _ => {
            let question = format!("Revoke {name} at {machine}? It has to ask again.");
            ask(state, question, None, command(Change::Revoke { role: None }))
        }
    }
}

/// The new name of the device that was under the cursor when it was asked for; others may have come and gone since.
pub fn renamed(state: &mut State, label: &str) -> Vec<Command> {
    let asked = state.renaming.take();
    let is_there = |d: &&PairedDevice| asked.as_ref().is_some_and(|(m, id)| (&d.machine, &d.device_id) == (m, id));
    if !state.paired().into_iter().any(|device| is_there(&device)) {
        return note(state, "the device is gone");
    }
    let Some((machine, device_id)) = asked else { return Vec::new() };
    vec![Command::Device { machine, device_id, change: Change::Rename { label: label.to_owned() } }]
}
