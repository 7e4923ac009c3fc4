//! `claw secrets push|list`.

use serde_json::json;

use super::{Output, args::SecretAction, stream, table::table};
use crate::{
    fleet::idle::in_words,
    ops::{OpsError, Session, secrets},
};

pub async fn run(session: &Session, action: &SecretAction, output: &Output) -> Result<u8, OpsError> {
    let rows = match action {
        SecretAction::List => secrets::list(session).await?,
        SecretAction::Push => {
            stream::show(output, |events| async move { secrets::push(session, &events).await }).await?
        }
    };
    let now = time::OffsetDateTime::now_utc();
    output.result("secrets", &json!({"secrets": rows}), || {
        table(
            ["SECRET", "UPDATED"],
            rows.iter().map(|r| [r.name.clone(), format!("{} ago", in_words(now - r.updated))]),
        )
    });
    Ok(0)
}
