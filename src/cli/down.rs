//! `claw down`.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Output, confirm, plan, stream};
use crate::ops::{Events, OpsError, Session, apply, teardown, teardown::Extent};

pub async fn run(
    session: &Session,
    keep_data: bool,
    output: &Output,
    cancel: &CancellationToken,
) -> Result<u8, OpsError> {
    let (quiet, _keep) = Events::channel();
    let extent = if keep_data { Extent::MachinesOnly } else { Extent::Group };
    let planned = teardown::plan(session, extent, &quiet).await?;
    output.text(&plan::text(&planned));
    if let Some(refusal) = planned.plan.refusals.first() {
        return Err(OpsError::refused(refusal.reason.clone(), refusal.remedy.clone()));
    }
    if !planned.plan.is_empty() {
        session.may_change()?;
        let what = match keep_data {
            true => "The machines go; the disks of all that ever ran stay.",
            false => "This can't be undone.",
        };
        confirm::name(output, what, &planned.desired.names.resource_group)?;
    }
    let applied = stream::steps(output, planned.plan.steps.len(), |events| {
        let planned = &planned;
        async move { apply::apply(session, planned, &events, cancel).await }
    })
    .await?;
    if applied.interrupted {
        return Err(OpsError::interrupted());
    }
    output.result("down", &json!({"applied": applied}), || match applied.failed.first() {
        Some((step, error, _)) => format!("{step}: {error}"),
        None if keep_data => "the machines are gone; claw up makes them again from their disks".into(),
        None => "gone".into(),
    });
    Ok(super::outcome(&applied))
}
