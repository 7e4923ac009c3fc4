//! `claw config diff|push`.

use super::{Output, args::ConfigAction, confirm, stream};
use crate::ops::{
    OpsError, Session,
    config_push::{self, ConfigPlan},
    text::harmless,
};

pub async fn run(session: &Session, action: &ConfigAction, output: &Output) -> Result<u8, OpsError> {
    let (file, push) = match action {
        ConfigAction::Diff { file } => (file, false),
        ConfigAction::Push { file } => (file, true),
    };
    let plan = config_push::diff(session, file).await?;
    let changes = plan.machines.iter().filter(|m| !m.changes.is_empty()).count();
    if !push {
        output.result("config-diff", &plan, || text(&plan));
        return Ok(match (plan.unreachable.is_empty(), changes) {
            (false, _) => 4,
            (true, 0) => 0,
            (true, _) => 3,
        });
    }
    output.text(&text(&plan));
    if changes > 0 {
        confirm::yes(output, &format!("Push to {changes} machines?"))?;
    }
    let pushed = stream::show(output, |events| {
        let plan = &plan;
        async move { config_push::push(session, plan, &events).await }
    })
    .await?;
    output.result("config-push", &pushed, || {
        format!(
            "{} up to date, {} failed, {} not tried",
            pushed.pushed.len(),
            pushed.failed.len(),
            pushed.not_tried.len()
        )
    });
    Ok(if pushed.failed.is_empty() && plan.unreachable.is_empty() { 0 } else { 4 })
}

fn text(plan: &ConfigPlan) -> String {
    let mut lines = Vec::new();
    for machine in &plan.machines {
        match machine.changes.len() {
            0 => lines.push(format!("{}: no change", machine.machine)),
            n => lines.push(format!("{}: {n} changes", machine.machine)),
        }
        for change in &machine.changes {
            let show = |v: &Option<serde_json::Value>| v.as_ref().map_or("(absent)".to_owned(), ToString::to_string);
            lines.push(format!("  {}: {} → {}", change.path, show(&change.before), show(&change.after)));
        }
    }
    lines.extend(plan.unreachable.iter().map(|(m, why)| format!("{m} could not be asked: {why}")));
    if lines.is_empty() {
        lines.push("no machine is running".into());
    }
    lines.iter().map(|l| harmless(l)).collect::<Vec<_>>().join("\n")
}
