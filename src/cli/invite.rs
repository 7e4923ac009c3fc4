//! `claw invite NAME`.

use super::Output;
use crate::ops::{OpsError, Session, invite};

pub async fn run(session: &Session, name: &str, output: &Output) -> Result<u8, OpsError> {
    let invitation = invite::invite(session, name).await?;
    output.result("invite", &invitation, || Output::harmless_lines(&invitation.lines));
    Ok(0)
}
