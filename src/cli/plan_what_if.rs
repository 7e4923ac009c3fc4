//! `claw plan --what-if`: ARM's own forecast beneath claw's plan.

use serde_json::json;

use super::Output;
use crate::{
    fleet::what_if::Change,
    ops::{OpsError, Session, sync, sync::Planned, text::harmless},
};

/// Shows both, `plan` being the plan's text; the exit code is the plan's.
pub async fn show(session: &Session, planned: &Planned, plan: &str, output: &Output) -> Result<(), OpsError> {
    let forecast = sync::what_if(session, planned).await?;
    let mut document = serde_json::to_value(planned).unwrap_or_default();
    document["whatIf"] = json!(forecast);
    output.result("plan", &document, || format!("{plan}\n{}", text(forecast.as_deref())));
    Ok(())
}

fn text(forecast: Option<&[Change]>) -> String {
    let Some(changes) = forecast else {
        return "what-if: ARM can be asked once the group is there; everything would be created".into();
    };
    let mut lines = vec![
        "ARM's what-if for the infrastructure (+ create, ~ modify, = no change, * not in the template):".to_owned(),
    ];
    for change in changes {
        lines.push(harmless(&format!("  {} {}", change.sign(), change.short())));
        lines.extend(change.details.iter().map(|detail| harmless(&format!("      {detail}"))));
    }
    lines.join("\n")
}
