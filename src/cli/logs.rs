//! `claw logs NAME`.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    Output,
    args::{LogArgs, Source},
};
use crate::ops::{Event, Events, OpsError, Session, event::LogSource, logs, text::harmless};

pub async fn run(
    session: &Session,
    args: &LogArgs,
    output: &Output,
    cancel: &CancellationToken,
) -> Result<u8, OpsError> {
    let source = match args.source {
        Source::Bootstrap => LogSource::Bootstrap,
        Source::Console => LogSource::Console,
        Source::Gateway => LogSource::Gateway,
    };
    let (events, mut received) = Events::channel();
    let work = async move { logs::logs(session, &args.name, source, args.follow, &events, cancel).await };
    let mut lines = 0;
    let show = async {
        while let Some(event) = received.recv().await {
            output.event(&event);
            match &event {
                Event::Line { text, .. } => {
                    lines += 1;
                    output.text(&harmless(text));
                }
                Event::LogNote { text, .. } => output.note(text),
                _ => {}
            }
        }
    };
    // The events end when the work drops its sender, so both end together.
    let both = async { tokio::join!(work, show) };
    tokio::select! {
        (result, ()) = both => result?,
        () = Output::closed() => return Ok(0),
    }
    output.result("logs", &json!({"machine": args.name, "source": source, "lines": lines}), String::new);
    Ok(0)
}
