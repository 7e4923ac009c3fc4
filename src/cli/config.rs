//! `claw config diff|push|rollback`.

use super::{Output, args::ConfigAction, confirm, stream};
use crate::ops::{
    OpsError, Session,
    config_push::{self, ConfigPlan},
    text::harmless,
};

pub async fn run(session: &Session, action: &ConfigAction, output: &Output) -> Result<u8, OpsError> {
    match action {
        ConfigAction::Diff { file } => {
            let plan = config_push::diff(session, file.as_deref()).await?;
            output.result("config-diff", &plan, || text(&plan));
            Ok(match (plan.unreachable.is_empty(), plan.refused.is_empty(), changing(&plan)) {
                (_, false, _) => 2,
                (false, ..) => 4,
                (true, true, 0) => 0,
                (true, true, _) => 3,
            })
        }
        ConfigAction::Push { file } => {
            let plan = config_push::diff(session, file.as_deref()).await?;
            change(session, &plan, "Push to", false, output).await
        }
        ConfigAction::Rollback { names } => {
            let plan = config_push::saved(session, names).await?;
            if plan.machines.is_empty() && plan.unreachable.is_empty() {
                let none = "no machine keeps a config from before a push";
                return Err(match plan.off.as_slice() {
                    [] => OpsError::input(none, "claw config push keeps one"),
                    off => {
                        let message = format!("{none}; these are off, so nobody could ask: {}", off.join(", "));
                        OpsError::input(message, "claw start NAME, and then again")
                    }
                });
            }
            let code = change(session, &plan, "Roll back", true, output).await?;
            // Only who was named had to have one, and to be on.
            if names.is_empty() || plan.off.is_empty() && plan.nothing_saved.is_empty() {
                return Ok(code);
            }
            if !plan.nothing_saved.is_empty() {
                output.note(&format!("kept no config from before a push: {}", plan.nothing_saved.join(", ")));
            }
            Ok(4)
        }
    }
}

fn changing(plan: &ConfigPlan) -> usize {
    plan.machines.iter().filter(|m| !m.changes.is_empty()).count()
}

async fn change(session: &Session, plan: &ConfigPlan, what: &str, back: bool, output: &Output) -> Result<u8, OpsError> {
    output.text(&text(plan));
    if changing(plan) > 0 && plan.refused.is_empty() {
        confirm::yes(output, &format!("{what} {} machines, the first one alone?", changing(plan)))?;
    }
    let pushed = stream::show(output, |events| async move {
        match back {
            true => config_push::rollback(session, plan, &events).await,
            false => config_push::push(session, plan, &events).await,
        }
    })
    .await?;
    output.result(if back { "config-rollback" } else { "config-push" }, &pushed, || {
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
    lines.extend(plan.refused.iter().map(|(m, why)| format!("{m}: its gateway does not take this: {why}")));
    lines.extend(plan.unreachable.iter().map(|(m, why)| format!("{m} could not be asked: {why}")));
    if !plan.off.is_empty() {
        lines.push(format!("left out, because they are off: {}", plan.off.join(", ")));
    }
    if lines.is_empty() {
        lines.push("no machine is running".into());
    }
    lines.iter().map(|l| harmless(l)).collect::<Vec<_>>().join("\n")
}
