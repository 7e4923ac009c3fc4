//! Without a team.json: whoever is signed in, and nobody else.

use super::{OpsError, Session};
use crate::{
    azure::{Cloud, Me},
    fleet::{
        member::Member,
        names::Slug,
        team::{Team, TeamFile},
    },
};

/// The range that a single user's SSH is open to: their own address as the internet sees it. Fails closed.
pub async fn own_address(session: &Session) -> Result<String, OpsError> {
    let services = &session.settings().address_services;
    let found = session.cloud().public_address(services).await;
    found.map(|address| format!("{address}/32")).map_err(|reasons| {
        let mut error = OpsError::refused(
            "your own public address could not be learnt, so nothing is opened",
            "give it: --from 203.0.113.7 (your address), or name another service in ADDRESS_SERVICES",
        );
        error.causes = reasons;
        error
    })
}

/// The signed-in user. A service principal has no machine of its own.
pub async fn me(cloud: &Cloud) -> Result<Me, OpsError> {
    let caller = cloud.caller().await?;
    if caller.is_service {
        let message = format!(
            "there is no team.json here, and you are signed in as the service principal {}, which can't own a machine",
            caller.name
        );
        let remedy = "write {\"members\": [{\"email\": \"alice@example.com\"}]} into team.json, name one with --team FILE, or sign in as yourself: az login, then --credential cli";
        return Err(OpsError::input(message, remedy));
    }
    Ok(cloud.me().await?)
}

/// A team of one, with everything else as built in.
pub async fn team(cloud: &Cloud) -> Result<TeamFile, OpsError> {
    let Me { person, email } = me(cloud).await?;
    let slug = Slug::from_text(email.split('@').next().unwrap_or_default())
        .or_else(|| Slug::from_text(person.object_id.as_str()))
        .ok_or_else(|| OpsError::failed(format!("`{email}` has no letter or digit to name a machine after")))?;
    let member = Member { email, slug, vm_size: None, config: None, idle: Default::default(), line: 0 };
    let team = Team { members: vec![member], ..Team::default() };
    Ok(TeamFile { team, problems: Vec::new() })
}
