//! Where things are: cloud, files, keys. Flags win over the environment, that over the `.env` beside team.json,
//! that over team.json, that over what is built in.

mod check;
mod cloud;
mod dotenv;
mod explain;
mod origin;
mod paths;
mod sign_in;
mod sources;
mod ssh;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use super::{OpsError, key};
use crate::{
    azure::CloudSettings,
    fleet::team::Team,
    remote::{CertificateSettings, Line},
};
pub use check::{is_group, is_location};
pub use explain::{Row, explain};
pub use origin::{Origin, Sourced};
pub(super) use paths::make_private;
use sources::{Flag, Sources};

/// What the command line said.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--cloud`: `public`, `usgov`, `china` or a cloud file.
    pub cloud: Option<String>,
    pub team: Option<PathBuf>,
    pub secrets: Option<PathBuf>,
    /// `--data DIR`: claw's own folder (keys, known hosts, logs).
    pub data: Option<PathBuf>,
    pub read_only: bool,
    pub subscription: Option<String>,
    pub group: Option<String>,
    pub location: Option<String>,
    pub ssh_key: Option<PathBuf>,
    pub admin_username: Option<String>,
    /// `cli`, `managed-identity`, `workload-identity` or `environment`.
    pub credential: Option<String>,
    /// `--ca FILE`: certificate authorities to trust beside the platform's.
    pub ca: Option<PathBuf>,
    /// `--accept-new-host-key`
    pub accept_new_host_key: bool,
}

/// Settled settings.
#[derive(Clone, Debug)]
pub struct Settings {
    pub cloud: CloudSettings,
    /// `./team.json` unless said otherwise.
    pub team: PathBuf,
    /// Whether `--team` named it: a missing one is an error then, and not a team of one.
    pub team_named: bool,
    /// `./secrets.json` unless said otherwise; may be absent.
    pub secrets: PathBuf,
    /// Whether anybody named it: a missing one is an error then.
    pub secrets_named: bool,
    pub data: PathBuf,
    /// Private SSH keys, tried in order. The first one's public half goes into new machines.
    pub ssh_keys: Vec<PathBuf>,
    /// Entra certificates, tried before the agent and the keys.
    pub ssh_certificate: Option<CertificateSettings>,
    /// The SSH agent's socket, tried before the keys.
    pub ssh_agent: Option<PathBuf>,
    /// Machines in this process, for simulations.
    pub ssh_direct: Option<Line>,
    /// Take the host key that a machine without a pinned one shows.
    pub accept_new_host_key: bool,
    /// `clawadmin`; `openclaw` is refused.
    pub admin: String,
    /// Over `fleet.resourceGroup` of team.json.
    pub resource_group: Option<Sourced>,
    /// Over `fleet.location` of team.json.
    pub location: Option<Sourced>,
    /// Services that tell a caller's own address, asked in this order; `ADDRESS_SERVICES` names others, with blanks between.
    pub address_services: Vec<String>,
    pub read_only: bool,
    /// Everything above with its origin, except what team.json says.
    rows: Vec<Row>,
}

/// Each answers with the caller's address and nothing else.
const ADDRESS_SERVICES: &str = "https://api.ipify.org https://checkip.amazonaws.com https://ifconfig.me/ip";

impl Settings {
    /// Reads the cloud file and `.env`; makes claw's own SSH key when none is named.
    pub fn load(overrides: &Overrides) -> Result<Self, OpsError> {
        Self::from(overrides, &|name| std::env::var(name).ok())
    }

    fn from(overrides: &Overrides, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, OpsError> {
        let team = overrides.team.clone().unwrap_or_else(|| "team.json".into());
        let sources = Sources::open(&team, environment)?;
        let mut rows = vec![Row::path("team", &team, overrides.team.as_ref().map(|_| "--team"))];
        let cloud = cloud::settle(overrides, &sources, &mut rows)?;

        let resource_group = sources.find(Flag::text("--group", overrides.group.as_deref()), "RESOURCE_GROUP");
        resource_group.as_ref().map_or(Ok(()), check::group)?;
        let location = sources.find(Flag::text("--location", overrides.location.as_deref()), "LOCATION");
        location.as_ref().map_or(Ok(()), |l| check::location(l, cloud.environment))?;
        let admin = sources.find(Flag::text("--admin-username", overrides.admin_username.as_deref()), "ADMIN_USERNAME");
        let admin = admin.unwrap_or_else(|| Sourced::built_in("clawadmin".into()));
        check::admin(&admin)?;

        let services = sources.find(Flag::text("", None), "ADDRESS_SERVICES");
        let services = services.unwrap_or_else(|| Sourced::built_in(ADDRESS_SERVICES.into()));

        let mut data = data(overrides, &sources)?;
        // OpenSSH takes a path in its configuration as one from elsewhere.
        data.value = std::path::absolute(&data.value).unwrap_or(data.value);
        paths::data_at(&data.value)?;
        let ssh_key = match sources.path(Flag::path("--ssh-key", overrides.ssh_key.as_deref()), "SSH_KEY_PATH") {
            Some(named) => Sourced::new(paths::existing_key(&named)?, named.origin),
            None => Sourced::built_in(key::own(&data.value)?),
        };
        let ssh_certificate = ssh::certificate(&cloud, &data, &sources, &mut rows);
        let ssh_agent = ssh::agent(&sources, &mut rows);
        let secrets = sources.path(Flag::path("--secrets", overrides.secrets.as_deref()), "SECRETS_FILE");
        let secrets = secrets.unwrap_or_else(|| Sourced::built_in("secrets.json".into()));

        rows.push(Row::of("admin-username", &admin));
        rows.push(Row::of("address-services", &services));
        rows.extend([("ssh-key", &ssh_key), ("secrets", &secrets), ("data", &data)].map(|(n, p)| Row::file(n, p)));
        Ok(Self {
            cloud,
            team,
            team_named: overrides.team.is_some(),
            secrets_named: secrets.origin != Origin::Default,
            secrets: secrets.value,
            data: data.value,
            ssh_keys: vec![ssh_key.value],
            ssh_certificate,
            ssh_agent,
            ssh_direct: None,
            accept_new_host_key: overrides.accept_new_host_key,
            admin: admin.value,
            resource_group,
            location,
            address_services: services.value.split_whitespace().map(str::to_owned).collect(),
            read_only: overrides.read_only,
            rows,
        })
    }

    /// Whether there is a team.json, or one was named.
    pub fn has_team_file(&self) -> bool {
        self.team_named || self.team.exists()
    }

    /// What a setting is, by the name that `--explain-config` has for it.
    pub(super) fn said(&self, name: &str) -> Option<&str> {
        self.rows.iter().find(|row| row.name == name)?.value.as_deref()
    }

    /// The group and the location, with team.json's word where nothing above it speaks; checked.
    pub(super) fn place(&self, team: &Team) -> Result<(String, String), OpsError> {
        type Check<'a> = &'a dyn Fn(&Sourced) -> Result<(), OpsError>;
        let settle = |over: &Option<Sourced>, field: &str, value: &String, check: Check<'_>| match over {
            Some(over) => check(over).map(|()| over.value.clone()),
            // The line of team.json is looked for only where there is something to complain of.
            None => check(&Sourced::built_in(value.clone()))
                .or_else(|_| check(&explain::from_team(&self.team, &["fleet", field], value.clone())))
                .map(|()| value.clone()),
        };
        let (fleet, environment) = (&team.fleet, self.cloud.environment);
        let group = settle(&self.resource_group, "resourceGroup", &fleet.resource_group, &check::group)?;
        let is_location = |location: &Sourced| check::location(location, environment);
        Ok((group, settle(&self.location, "location", &fleet.location, &is_location)?))
    }
}

fn data(overrides: &Overrides, sources: &Sources<'_>) -> Result<Sourced<PathBuf>, OpsError> {
    match sources.path(Flag::path("--data", overrides.data.as_deref()), "CLAW_DATA") {
        Some(data) => Ok(data),
        None => Ok(Sourced::built_in(paths::data_folder()?)),
    }
}

/// claw's own folder, for what needs nothing else; makes nothing.
pub fn data_folder_of(overrides: &Overrides) -> Result<PathBuf, OpsError> {
    let team = overrides.team.clone().unwrap_or_else(|| "team.json".into());
    let environment = |name: &str| std::env::var(name).ok();
    Ok(data(overrides, &Sources::open(&team, &environment)?)?.value)
}
