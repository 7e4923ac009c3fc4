//! What operations tell, taken into the state.

use super::super::{
    logs::{Feed, Said},
    state::{State, StepState},
};
use crate::ops::Event;

/// Requests of one machine that are kept; one that sends them without end loses its own oldest.
const ASKING: usize = 100;

/// Whether the event tells something that was not known. A fleet's keepers repeat themselves.
pub fn is_news(state: &State, event: &Event) -> bool {
    let view = |machine: &str| state.views.get(machine);
    match event {
        Event::Devices { machine, pending, paired } => view(machine)
            .is_none_or(|known| !known.devices_known || known.pending != *pending || known.paired != *paired),
        Event::Spent { machines } => {
            machines.iter().any(|(machine, cost)| view(machine).and_then(|v| v.cost.as_ref()) != Some(cost))
        }
        Event::Throttle { gauge } => state.gauge != *gauge,
        _ => true,
    }
}

pub fn take(state: &mut State, event: Event) {
    super::machine::note(state, &event);
    match event {
        Event::Machines { mut machines, fresh } => {
            // A late, possibly stale picture never replaces a fresh one.
            if fresh || !state.seen_fresh {
                machines.value.sort_unstable_by(|a, b| a.name.cmp(&b.name));
                (state.machines, state.seen_fresh) = (Some(machines), fresh);
            }
        }
        Event::StepStarted { step } => {
            state.steps.insert(step, StepState::Running { message: String::new(), since: state.now });
        }
        Event::StepProgress { step, message: new } => {
            if let Some(StepState::Running { message, .. }) = state.steps.get_mut(&step) {
                *message = new;
            }
        }
        Event::StepDone { step, seconds } => {
            state.steps.insert(step, StepState::Done { seconds });
        }
        Event::StepFailed { step, error, remedy } => {
            state.steps.insert(step, StepState::Failed { error, remedy });
        }
        Event::StepSkipped { step, .. } => {
            state.steps.insert(step, StepState::Skipped);
        }
        Event::Stage { machine, marker } => state.views.entry(machine).or_default().progress.push(marker),
        Event::Line { machine, source, text } => {
            state.logs.push(&Feed::of(&machine, source), Said::Line(text), state.now);
        }
        Event::LogNote { machine, source, text } => {
            state.logs.push(&Feed::of(&machine, source), Said::Note(text), state.now);
        }
        Event::Gateway { machine, ok, detail } => {
            state.views.entry(machine).or_default().gateway = Some((ok, detail));
        }
        Event::Version { machine, version } => {
            state.views.entry(machine).or_default().version = Some(version);
        }
        Event::Spent { machines } => {
            for (machine, cost) in machines {
                state.views.entry(machine).or_default().cost = Some(cost);
            }
        }
        Event::Devices { machine, pending, paired } => {
            let view = state.views.entry(machine).or_default();
            (view.pending, view.paired, view.devices_known) = (pending, paired, true);
        }
        Event::PairingRequested { mut request } => {
            let words = format!("{} asks to be paired with {} (4 shows it)", request.display_name, request.machine);
            state.note = Some((words, false));
            let view = state.views.entry(request.machine.clone()).or_default();
            let known = view.paired.iter().find(|d| d.device_id == request.device_id);
            request.had = known.map(|d| d.scopes.clone()).unwrap_or_default();
            view.pending.retain(|p| p.request_id != request.request_id);
            view.pending.push(request);
            let over = view.pending.len().saturating_sub(ASKING);
            view.pending.drain(..over);
        }
        Event::PairingResolved { machine, request_id, .. } => {
            state.views.entry(machine).or_default().pending.retain(|p| p.request_id != request_id);
        }
        Event::Idle { machine, verdict } => {
            state.verdicts.insert(machine, verdict);
        }
        Event::ConfigPushed { machine, changes } => {
            state.note = Some((format!("{machine}: pushed, values changed: {changes}"), false));
            state.pushing.insert(machine, None);
        }
        Event::ConfigFailed { machine, error } => {
            state.note = Some((format!("{machine}: {error}"), true));
            state.pushing.insert(machine, Some(error));
        }
        Event::Throttle { gauge } => {
            state.health.count(&state.gauge, &gauge, state.now);
            state.gauge = gauge;
        }
        Event::RoundTrips { machines } => state.health.answered(machines),
        Event::Note { text } => state.note = Some((text, false)),
        Event::Problem { operation, message, remedy } => {
            let now = state.now;
            state.health.trouble(&operation, &message, now);
            let remedy = remedy.map(|r| format!(" · {r}")).unwrap_or_default();
            state.note = Some((format!("{operation}: {message}{remedy}"), true));
        }
        Event::Applied { .. } | Event::Said { .. } | Event::Ended { .. } => {}
    }
}

/// Requests that nobody answered in time go.
pub fn expire(state: &mut State) {
    let now = state.now;
    for view in state.views.values_mut() {
        view.pending.retain(|p| p.expires_at() > now);
    }
}
