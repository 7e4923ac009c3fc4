//! `claw plan`.

use super::{Output, args::PlanArgs};
use crate::{
    fleet::{plan::PlanOptions, step::Risk},
    ops::{
        OpsError, Session,
        sync::{self, Planned},
    },
};

pub fn options(args: &PlanArgs) -> PlanOptions {
    PlanOptions { leavers: args.leavers, delete: args.delete.clone() }
}

/// 0: nothing to do. 3: changes. 4: nothing but what waits for an entry of team.json, or could not be seen. 5: the plan is
/// refused.
pub async fn run(session: &Session, args: &PlanArgs, what_if: bool, output: &Output) -> Result<u8, OpsError> {
    let planned = sync::plan_from(session, &options(args), &args.from).await?;
    if what_if {
        super::plan_what_if::show(session, &planned, &text(&planned), output).await?;
    } else {
        output.result("plan", &planned, || text(&planned));
    }
    Ok(match (&planned.plan.refusals[..], planned.plan.is_empty()) {
        ([_, ..], _) => 5,
        (_, true) if !planned.leaves_something_open() => 0,
        (_, true) => 4,
        (_, false) => 3,
    })
}

/// The plan for people.
pub fn text(planned: &Planned) -> String {
    let plan = &planned.plan;
    let mut lines = Vec::new();
    if let Some(member) = planned.desired.members.first().filter(|_| planned.desired.alone) {
        lines.push(format!("no team.json: a machine for you, {}", member.member.email));
    }
    for step in &plan.steps {
        let price = planned.cost.of(&step.id);
        let price = price.map(|price| format!("  {price}")).unwrap_or_default();
        lines.push(format!("{} {}{price}", sign(step.risk), step.description));
    }
    for p in &planned.problems {
        lines.push(format!("? team.json line {}, {}: {} ({})", p.line, p.field, p.message, p.remedy));
    }
    for held in &plan.held {
        lines.push(format!("? {}: {} ({})", held.target, held.reason, held.remedy));
    }
    for differs in &plan.differences {
        lines.push(format!("? {}: {} ({})", differs.target, differs.sentence(), differs.remedy));
    }
    for refusal in &plan.refusals {
        lines.push(format!("! refused: {}\n  {}", refusal.reason, refusal.remedy));
    }
    for gap in &planned.observed.gaps {
        lines.push(format!("? not seen: {gap}"));
    }
    lines.push(match plan.steps.len() {
        0 if planned.observed.is_partial() => "nothing to do with what could be seen".to_owned(),
        0 => "nothing to do".to_owned(),
        1 => "1 step (+ adds, @ access, ~ interrupts, - destroys)".to_owned(),
        n => format!("{n} steps (+ adds, @ access, ~ interrupts, - destroys)"),
    });
    lines.extend(planned.cost.over_budget().map(|line| format!("? {line}")));
    lines.push(planned.cost.summary());
    lines
        .iter()
        .map(|l| l.lines().map(crate::ops::text::harmless).collect::<Vec<_>>().join("\n"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn sign(risk: Risk) -> char {
    match risk {
        Risk::Safe => '+',
        Risk::Access => '@',
        Risk::Interrupts => '~',
        Risk::Destroys => '-',
    }
}
