//! Keys of the inbox: one request or all marked ones, and devices that are paired.

use super::{
    super::{
        keymap::Action,
        message::Command,
        state::{Screen, State},
    },
    ask::{ask, note},
};
use crate::{
    fleet::pairing::PairingRequest,
    ops::{pairings::Decision, text::harmless},
};

pub fn act(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::Mark => mark(state),
        Action::Revoke => revoke(state),
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

fn revoke(state: &mut State) -> Vec<Command> {
    let at = state.at(Screen::Pairings).checked_sub(state.pending().len());
    let device = at.and_then(|at| state.paired().get(at).map(|d| (*d).clone()));
    let Some(device) = device else { return note(state, "only a paired device can be revoked") };
    let name = harmless(&device.label);
    let question = format!("Revoke {name} at {}? It has to ask again.", device.machine);
    ask(state, question, None, Command::Revoke { machine: device.machine, device_id: device.device_id })
}
