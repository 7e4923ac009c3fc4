//! `claw verify`.

use serde_json::json;

use super::{Output, table::table};
use crate::{
    fleet::verify::Outcome,
    ops::{
        OpsError, Session,
        verify::{self, MachineReport},
    },
};

/// 0: every check of every machine is well. 4: something is not, or could not be seen.
pub async fn run(session: &Session, names: &[String], output: &Output) -> Result<u8, OpsError> {
    let reports = verify::verify(session, names).await?;
    if reports.is_empty() {
        return Err(OpsError::failed("there are no machines to check").with_remedy("claw up makes them"));
    }
    let well = reports.iter().all(|r| r.outcome() == Outcome::Ok);
    output.result("verify", &json!({"well": well, "machines": reports}), || text(&reports));
    Ok(if well { 0 } else { 4 })
}

/// A line for a machine that is well; for any other, a line for each thing that is not.
fn text(reports: &[MachineReport]) -> String {
    let mut rows = Vec::new();
    for report in reports {
        let wrong: Vec<_> = report.findings.iter().filter(|f| f.outcome != Outcome::Ok).collect();
        if wrong.is_empty() {
            let all = format!("all {} checks are well", report.findings.len());
            rows.push([report.machine.clone(), "ok".into(), String::new(), all, String::new()]);
        }
        rows.extend(wrong.into_iter().map(|f| {
            let remedy = f.remedy.as_ref().map(|remedy| format!("→ {remedy}")).unwrap_or_default();
            [report.machine.clone(), f.outcome.word().into(), f.check.clone(), f.sentence.clone(), remedy]
        }));
    }
    let well = reports.iter().filter(|r| r.outcome() == Outcome::Ok).count();
    let shown = table(["MACHINE", "STATE", "CHECK", "WHAT", "REMEDY"], rows);
    format!("{shown}\n{well} of {} machines are well", reports.len())
}
