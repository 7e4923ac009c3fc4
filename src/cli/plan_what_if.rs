//! `claw plan --what-if`: ARM's own forecast beneath claw's plan.

use serde_json::json;

use super::Output;
use crate::{
    fleet::what_if::Forecast,
    ops::{OpsError, Session, sync, sync::Planned, text::harmless},
};

/// Shows both, `plan` being the plan's text; the exit code is the plan's.
pub async fn show(session: &Session, planned: &Planned, plan: &str, output: &Output) -> Result<(), OpsError> {
    let forecast = sync::what_if(session, planned).await?;
    let mut document = serde_json::to_value(planned).unwrap_or_default();
    document["whatIf"] = match &forecast {
        Forecast::Changes(changes) => json!(changes),
        _ => json!(null),
    };
    document["whatIfNote"] = json!(forecast.note());
    output.result("plan", &document, || format!("{plan}\n{}", text(&forecast)));
    Ok(())
}

fn text(forecast: &Forecast) -> String {
    let Forecast::Changes(changes) = forecast else {
        return format!("what-if: {}", harmless(&forecast.note().unwrap_or_default()));
    };
    let signs = "+ create, ~ modify, = no change, * not in the template, x not foretold";
    let mut lines = vec![format!("ARM's what-if for the infrastructure ({signs}):")];
    for change in changes {
        lines.push(harmless(&format!("  {} {}", change.sign(), change.short())));
        lines.extend(change.details.iter().map(|detail| harmless(&format!("      {detail}"))));
        if !change.noise.is_empty() {
            let paths: Vec<&str> = change.noise.iter().filter_map(|line| line.split(": ").next()).collect();
            lines.push(harmless(&format!("      (named by ARM, but Azure's own or the same: {})", paths.join(", "))));
        }
    }
    lines.join("\n")
}
