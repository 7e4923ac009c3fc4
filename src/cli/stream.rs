//! Events of a running operation: JSON lines on standard output, or words on standard error.

use std::{future::Future, time::Duration};

use super::{Output, progress::Progress};
use crate::{
    fleet::stage::Mark,
    ops::{Event, Events, Received},
};

/// Runs an operation and shows its events as they come; all of them before it returns.
pub async fn show<T, F>(output: &Output, operation: impl FnOnce(Events) -> F) -> T
where
    F: Future<Output = T>,
{
    steps(output, 0, operation).await
}

/// The same for so many steps, with a bar in a terminal.
pub async fn steps<T, F>(output: &Output, total: usize, operation: impl FnOnce(Events) -> F) -> T
where
    F: Future<Output = T>,
{
    let (events, mut received) = Events::channel();
    let mut bar = Progress::new(output, total);
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let work = operation(events);
    tokio::pin!(work);
    let result = loop {
        tokio::select! {
            biased;
            Some(event) = received.recv() => under(&mut bar, output, &event),
            result = &mut work => break result,
            _ = second.tick() => bar.draw(),
        }
    };
    drain(&mut bar, output, &mut received);
    bar.clear();
    result
}

fn drain(bar: &mut Progress, output: &Output, received: &mut Received) {
    while let Ok(event) = received.try_recv() {
        under(bar, output, &event);
    }
}

/// The event's line, and the bar below it.
fn under(bar: &mut Progress, output: &Output, event: &Event) {
    bar.clear();
    note(event);
    tell(output, event);
    bar.take(event);
    bar.draw();
}

/// For the log: what a step came to. What machines print stays out of it.
fn note(event: &Event) {
    match event {
        Event::StepStarted { step } => tracing::debug!(%step, "begins"),
        Event::StepDone { step, seconds } => tracing::info!(%step, seconds, "done"),
        Event::StepFailed { step, error, .. } => tracing::error!(%step, "failed: {error}"),
        Event::StepSkipped { step, because } => tracing::warn!(%step, %because, "not tried"),
        Event::Problem { operation, message, .. } => tracing::warn!("{operation}: {message}"),
        _ => {}
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
