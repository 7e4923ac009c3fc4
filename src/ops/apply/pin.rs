//! The host key: from the serial console through Azure, never from the network.

use std::{collections::BTreeMap, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    fleet::{instance::tag, names::Names},
    ops::{OpsError, Session},
    remote::host_keys,
};

const WAIT: Duration = Duration::from_secs(600);

/// Waits until the console shows the key, then writes it and under what the machine is reached into the VM's tags.
pub async fn pin(
    session: &Session,
    names: &Names,
    machine: &str,
    say: impl Fn(String) + Send + Sync,
    cancel: &CancellationToken,
) -> Result<(), OpsError> {
    let key = tokio::select! {
        () = cancel.cancelled() => return Err(OpsError::interrupted()),
        key = tokio::time::timeout(WAIT, wait_for_key(session, names, machine, &say)) => key.map_err(|_| {
            OpsError::failed(format!("the console of {machine} shows no SSH host key after {} minutes", WAIT.as_secs() / 60))
                .with_remedy("see claw logs NAME --source console; run claw up again once it has booted")
        })??,
    };
    let dns = session.cloud().reached_at(names, machine).await?;
    let dns = dns.ok_or_else(|| OpsError::failed(format!("{machine} has no address")).with_remedy("give it one"))?;
    let tags = BTreeMap::from([(tag::HOST_KEY.to_owned(), key), (tag::DNS.to_owned(), dns)]);
    session.cloud().merge_tags(&names.machine_id(machine), &tags).await?;
    Ok(())
}

async fn wait_for_key(
    session: &Session,
    names: &Names,
    machine: &str,
    say: &(impl Fn(String) + Send + Sync),
) -> Result<String, OpsError> {
    let mut wait = Duration::from_millis(500);
    say("waiting for the host key on the serial console".into());
    loop {
        let console = session.cloud().console(names, machine).await?;
        if let Some(key) = host_keys::from_console(&console) {
            return Ok(key);
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(5));
    }
}
