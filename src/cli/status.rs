//! `claw status`.

use serde_json::json;

use super::{Output, table::table};
use crate::ops::{OpsError, Session, status};

pub async fn run(session: &Session, output: &Output) -> Result<u8, OpsError> {
    let seen = status::status(session, true).await?;
    let document = json!({"seen_at": rfc3339(seen.at), "machines": seen.value});
    output.result("status", &document, || {
        let rows = seen.value.iter().map(|row| {
            let machine = row.machine.as_ref();
            let text = |f: fn(&crate::fleet::instance::Instance) -> String| machine.map(f).unwrap_or_default();
            [
                row.member.clone(),
                row.email.clone().unwrap_or_default(),
                text(|m| m.name.clone()),
                machine.map_or("no machine".into(), |m| m.power.value.word().to_owned()),
                text(|m| m.vm_size.clone()),
                text(|m| m.public_ip.clone().unwrap_or_default()),
                text(|m| if m.host_key.is_some() { "pinned".into() } else { "not yet".into() }),
            ]
        });
        table(["MEMBER", "E-MAIL", "MACHINE", "STATE", "SIZE", "ADDRESS", "HOST KEY"], rows)
    });
    Ok(0)
}

fn rfc3339(at: time::OffsetDateTime) -> String {
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}
