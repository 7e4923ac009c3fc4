//! Keys that an SSH agent holds.

use std::path::Path;

use russh::keys::agent::{AgentIdentity, client::AgentClient};
use tokio::net::UnixStream;

pub type Agent = AgentClient<UnixStream>;

/// What the agent offers, in its order; a sentence when it offers nothing.
pub async fn open(socket: Option<&Path>) -> Result<(Agent, Vec<AgentIdentity>), String> {
    let socket = socket.ok_or("no SSH agent is running (SSH_AUTH_SOCK is not set)")?;
    let unusable = |e: russh::keys::Error| format!("the SSH agent at {} does not answer ({e})", socket.display());
    let mut agent = AgentClient::connect_uds(socket).await.map_err(unusable)?;
    let identities = agent.request_identities().await.map_err(unusable)?;
    if identities.is_empty() {
        return Err("the SSH agent holds no key".to_owned());
    }
    Ok((agent, identities))
}

/// As `ssh-add -l` names it.
pub fn name(identity: &AgentIdentity) -> String {
    let comment = match identity {
        AgentIdentity::PublicKey { comment, .. } | AgentIdentity::Certificate { comment, .. } => comment,
    };
    match comment.as_str() {
        "" => identity.public_key().fingerprint(russh::keys::HashAlg::Sha256).to_string(),
        comment => comment.to_owned(),
    }
}
