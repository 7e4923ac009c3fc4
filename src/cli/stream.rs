//! Events of a running operation: JSON lines on standard output, or words on standard error.

use std::future::Future;

use tokio::sync::mpsc::UnboundedReceiver;

use super::Output;
use crate::{
    fleet::stage::Mark,
    ops::{Event, Events},
};

/// Runs an operation and shows its events as they come; all of them before it returns.
pub async fn show<T, F>(output: &Output, operation: impl FnOnce(Events) -> F) -> T
where
    F: Future<Output = T>,
{
    let (events, mut received) = Events::channel();
    let work = operation(events);
    tokio::pin!(work);
    let result = loop {
        tokio::select! {
            biased;
            Some(event) = received.recv() => tell(output, &event),
            result = &mut work => break result,
        }
    };
    drain(output, &mut received);
    result
}

fn drain(output: &Output, received: &mut UnboundedReceiver<Event>) {
    while let Ok(event) = received.try_recv() {
        tell(output, &event);
    }
}

fn tell(output: &Output, event: &Event) {
    output.event(event);
    if output.json {
        return;
    }
    match event {
        Event::StepStarted { step } => output.note(&format!("  {step} …")),
        Event::StepProgress { step, message } => output.note(&format!("  {step}: {message}")),
        Event::StepDone { step, seconds } => output.note(&format!("✔ {step} ({seconds:.1} s)")),
        Event::StepFailed { step, error, remedy } => {
            output.note(&format!("✖ {step}: {error}"));
            if let Some(remedy) = remedy {
                output.note(&format!("  help: {remedy}"));
            }
        }
        Event::StepSkipped { step, because } => output.note(&format!("⤼ {step}: not tried, {because} failed")),
        Event::Stage { machine, marker } => {
            let mark = match marker.mark {
                Mark::Begin => "begins",
                Mark::Done => "done",
                Mark::Failed => "failed:",
            };
            output.note(&format!("  {machine}: {} {mark} {}", marker.stage.word(), marker.text));
        }
        Event::LogNote { machine, text, .. } => output.note(&format!("  {machine}: {text}")),
        Event::Note { text } => output.note(&format!("  {text}")),
        Event::Problem { operation, message, .. } => output.note(&format!("! {operation}: {message}")),
        Event::ConfigPushed { machine, changes } => output.note(&format!("✔ {machine}: values changed: {changes}")),
        Event::ConfigFailed { machine, error } => output.note(&format!("✖ {machine}: {error}")),
        _ => {}
    }
}
