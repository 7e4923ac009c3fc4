//! `claw upgrade`.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Output, args::UpgradeArgs, confirm, stream};
use crate::ops::{OpsError, Session, upgrade};

/// 0: every machine runs the release. 4: some do. 1: none does.
pub async fn run(
    session: &Session,
    args: &UpgradeArgs,
    output: &Output,
    cancel: &CancellationToken,
) -> Result<u8, OpsError> {
    session.may_change()?;
    let whom = if args.all { "every machine".to_owned() } else { args.names.join(", ") };
    let what = args.to.as_deref().unwrap_or("the team's version");
    confirm::yes(output, &format!("OpenClaw becomes {what} on {whom}; each gateway restarts."))?;
    let done = stream::show(output, |events| async move {
        upgrade::upgrade(session, &args.names, args.to.as_deref(), &events, cancel).await
    })
    .await?;
    let failed: Vec<_> = done.failed.iter().map(|(m, error)| json!({"machine": m, "error": error})).collect();
    let document = json!({"to": done.to, "upgraded": done.upgraded, "failed": failed, "not_tried": done.not_tried});
    output.result("upgrade", &document, || text(&done));
    if cancel.is_cancelled() && done.failed.is_empty() && !done.not_tried.is_empty() {
        return Err(OpsError::interrupted());
    }
    Ok(match (done.upgraded.len(), done.failed.len()) {
        (_, 0) => 0,
        (0, _) => 1,
        _ => 4,
    })
}

fn text(done: &upgrade::Upgraded) -> String {
    let mut lines = Vec::new();
    for one in &done.upgraded {
        lines.push(match &one.backup {
            Some(backup) => format!("{}: {} → {}, backup {backup}", one.machine, one.before, one.after),
            None => format!("{}: runs {} already; nothing was done", one.machine, one.after),
        });
    }
    for (machine, error) in &done.failed {
        lines.push(format!("{machine}: {error}"));
        lines.extend(error.causes.iter().map(|cause| format!("  because: {cause}")));
        lines.extend(error.remedy.iter().map(|remedy| format!("  help: {remedy}")));
    }
    lines.extend(done.not_tried.iter().map(|machine| format!("{machine}: not tried")));
    Output::harmless_lines(&lines)
}
