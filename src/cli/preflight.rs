//! `claw preflight`.

use serde_json::json;

use super::Output;
use crate::{
    fleet::preflight::{Check, Outcome},
    ops::{OpsError, Session, preflight, text::harmless},
};

/// 0: nothing stops `up`. 1: something does.
pub async fn run(session: &Session, from: &[String], output: &Output) -> Result<u8, OpsError> {
    let checks = preflight::preflight(session, from).await?;
    output.result("preflight", &json!({"checks": checks}), || text(&checks));
    Ok(u8::from(preflight::stops(&checks)))
}

fn text(checks: &[Check]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for check in checks {
        let mark = match check.outcome {
            Outcome::Ok => '✓',
            Outcome::Unknown => '?',
            Outcome::Warning => '!',
            Outcome::Stops => '✗',
        };
        lines.push(format!("{mark} {:<12}{}", check.topic, harmless(&check.finding)));
        lines.extend(check.remedy.as_ref().map(|remedy| format!("  {:<12}→ {}", "", harmless(remedy))));
    }
    let count = |outcome| checks.iter().filter(|c| c.outcome == outcome).count();
    let (stops, unknown) = (count(Outcome::Stops), count(Outcome::Unknown));
    lines.push(match (stops, unknown) {
        (0, 0) => "nothing stops claw up".to_owned(),
        (0, n) => format!("nothing that could be seen stops claw up; {n} not checked"),
        (n, _) => format!("claw up would be stopped by {n} of these"),
    });
    lines.join("\n")
}
