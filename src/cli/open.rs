//! `claw open [NAME]`.

use tokio_util::sync::CancellationToken;

use super::{Output, stream};
use crate::ops::{OpsError, Session, open};

/// Until Ctrl-C, which is the usual end and no failure.
pub async fn run(
    session: &Session,
    name: Option<&str>,
    start_browser: bool,
    output: &Output,
    cancel: &CancellationToken,
) -> Result<u8, OpsError> {
    stream::show(output, |events| async move {
        open::open(session, name, start_browser, &events, cancel, |opened| {
            output.result("open", opened, || {
                let next =
                    if opened.browser { "your browser shows it" } else { "open this in your browser, it works once" };
                let link = if opened.browser { String::new() } else { format!("\n  {}", opened.link) };
                format!("{} is at {} until Ctrl-C; {next}{link}", opened.machine, opened.gateway)
            });
        })
        .await
    })
    .await?;
    output.note("closed: close its tab, too, since any program here may answer at that address now");
    Ok(0)
}
