//! `invite`: what a member needs to know to get in.

use serde::Serialize;

use super::{OpsError, Session, find, session::short};
use crate::{fleet::instance::Door, remote::host_keys::fingerprint};

/// The lines to send, and what they are made of.
#[derive(Clone, Debug, Serialize)]
pub struct Invitation {
    pub member: String,
    pub machine: String,
    pub email: Option<String>,
    pub tenant: String,
    /// DNS name where there is one, else IP address.
    pub address: String,
    /// SHA-256 fingerprint of the pinned host key.
    pub host_key: Option<String>,
    pub lines: Vec<String>,
}

/// Reads only; whoever the machine belongs to is told nothing by this.
pub async fn invite(session: &Session, name: &str) -> Result<Invitation, OpsError> {
    let instance = find::find(session, Some(name)).await?.instance;
    let Some(Door::Ssh { address, host_key }) = instance.door() else {
        let remedy = "claw up gives it one";
        return Err(OpsError::failed(format!("{} has no address yet", instance.name)).with_remedy(remedy));
    };
    let address = instance.dns_name.clone().unwrap_or(address);
    let tenant = session.cloud().caller().await?.tenant;
    let host_key = host_key.as_deref().and_then(fingerprint);
    let mut lines = vec![
        format!("Your OpenClaw machine {} is there. To log in:", instance.name),
        format!("  az login --tenant {tenant}"),
        "  claw ssh".to_owned(),
        "It is started first when it is off. Without claw:".to_owned(),
        "  az extension add --name ssh".to_owned(),
        format!("  az vm start --ids {}", instance.id),
        format!("  az ssh vm --ip {address}"),
    ];
    if let Some(key) = &host_key {
        lines.push(format!("ssh then asks about the host key; it has to be {key}."));
    }
    Ok(Invitation {
        member: short(&instance).to_owned(),
        machine: instance.name.clone(),
        email: instance.email.clone(),
        tenant,
        address,
        host_key,
        lines,
    })
}
