//! The caller's way into the vault.

use std::time::Duration;

use super::super::{Event, Events, OpsError, Session};
use crate::fleet::{
    names::Names,
    plan::{access as plan_access, role},
    step::PrincipalType,
};

/// A fresh grant takes effect within ten minutes (azure.md §4).
const PROPAGATION: Duration = Duration::from_secs(600);
/// Between looks whether it has.
const PROBE: Duration = Duration::from_secs(2);

/// Probes the vault until it lets the caller in. A missing role is given by a step that is shown like a plan's.
pub async fn wait(session: &Session, names: &Names, events: &Events) -> Result<(), OpsError> {
    let (cloud, vault) = (session.cloud(), names.vault());
    let begun = tokio::time::Instant::now();
    let mut step = None;
    loop {
        let error = match cloud.secrets(&vault).await {
            Ok(_) => break,
            Err(error) if error.wants_a_role() && begun.elapsed() < PROPAGATION => error,
            Err(error) => return Err(super::explain(error)),
        };
        if step.is_none() {
            let caller = cloud.caller().await?;
            let kind = if caller.is_service { PrincipalType::ServicePrincipal } else { PrincipalType::User };
            let grant = plan_access::caller(names, &caller.object_id, kind, Vec::new());
            events.send(Event::StepStarted { step: grant.id.clone() });
            events.send(Event::StepProgress { step: grant.id.clone(), message: grant.description });
            if let Err(refused) = cloud.grant(&names.vault_id(), &caller.object_id, kind, role::SECRETS_OFFICER).await {
                // Why the vault is closed says more than that the role can't be given.
                return Err(OpsError::from(refused).caused_by(error.message));
            }
            step = Some(grant.id);
        }
        let waited = begun.elapsed().as_secs();
        if let Some(step) = &step {
            let message = format!("granted, taking effect: {vault} still refuses you ({waited} s, up to 10 min)");
            events.send(Event::StepProgress { step: step.clone(), message });
        }
        tokio::time::sleep(PROBE).await;
    }
    if let Some(step) = step {
        events.send(Event::StepDone { step, seconds: begun.elapsed().as_secs_f64() });
    }
    Ok(())
}
