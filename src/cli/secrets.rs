//! `claw secrets push|list`.

use serde_json::json;

use super::{Output, args::SecretAction, confirm, stream, table::table};
use crate::{
    fleet::idle::in_words,
    ops::{
        OpsError, Session,
        secrets::{self, SecretRow},
    },
};

pub async fn run(session: &Session, action: &SecretAction, output: &Output) -> Result<u8, OpsError> {
    let (rows, mut failed) = match action {
        SecretAction::List => (secrets::list(session).await?, Vec::new()),
        SecretAction::Push { .. } => push(session, output).await?,
    };
    if let SecretAction::Push { reload: true } = action {
        let left = stream::show(output, |events| async move { secrets::reload(session, &events).await }).await?;
        failed.extend(left.into_iter().map(|(machine, error)| (machine, error.message)));
    }
    for (machine, error) in &failed {
        output.note(&format!("✖ {machine}: {error}"));
    }
    let now = time::OffsetDateTime::now_utc();
    output.result("secrets", &json!({"secrets": rows, "failed": failed}), || {
        table(
            ["SECRET", "UPDATED"],
            rows.iter().map(|r| [r.name.clone(), format!("{} ago", in_words(now - r.updated))]),
        )
    });
    Ok(if failed.is_empty() { 0 } else { 4 })
}

/// What was not done, and why.
type Failed = Vec<(String, String)>;

/// Asks before anything is taken from the machines.
async fn push(session: &Session, output: &Output) -> Result<(Vec<SecretRow>, Failed), OpsError> {
    let compared = stream::show(output, |events| async move { secrets::compare(session, &events).await }).await?;
    if !compared.missing.is_empty() {
        confirm::yes(output, &format!("This removes {}.", compared.missing.join(", ")))?;
    }
    let left_out = compared.left_out.clone();
    let rows = stream::show(output, |events| async move { secrets::send(session, compared, &events).await }).await?;
    Ok((rows, left_out))
}
