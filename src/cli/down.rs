//! `claw down`.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Output, confirm, plan, stream};
use crate::ops::{Events, OpsError, Session, apply, teardown};

pub async fn run(session: &Session, output: &Output, cancel: &CancellationToken) -> Result<u8, OpsError> {
    let (quiet, _keep) = Events::channel();
    let planned = teardown::plan(session, &quiet).await?;
    output.text(&plan::text(&planned));
    if let Some(refusal) = planned.plan.refusals.first() {
        return Err(OpsError::refused(refusal.reason.clone(), refusal.remedy.clone()));
    }
    for step in &planned.plan.steps {
        confirm::name(output, &format!("This can't be undone: {}.", step.description), &step.target)?;
    }
    let applied = stream::show(output, |events| {
        let planned = &planned;
        async move { apply::apply(session, planned, &events, cancel).await }
    })
    .await?;
    if applied.interrupted {
        return Err(OpsError::interrupted());
    }
    output.result("down", &json!({"applied": applied}), || match applied.failed.first() {
        Some((step, error, _)) => format!("{step}: {error}"),
        None => "gone".into(),
    });
    Ok(if applied.failed.is_empty() { 0 } else { 1 })
}
