//! One operator at work: the cloud, the machines, the settings. Cheap to clone.

use std::sync::Arc;

use super::{OpsError, Settings, alone, event::Gauge, history, snapshot};
use crate::{
    azure::Cloud,
    fleet::{
        instance::{Door, Instance, PowerState},
        names::Names,
        seen::Seen,
        team::{Team, TeamFile, parse},
    },
    remote::{Remote, RemoteSettings, Target, host_keys::fingerprint},
};

#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    cloud: Cloud,
    remote: Remote,
}

impl Session {
    /// Sets everything up; sends nothing.
    pub fn open(settings: Settings) -> Result<Self, OpsError> {
        let cloud = Cloud::new(&settings.cloud)?;
        let remote = Remote::new(RemoteSettings {
            proxy: settings.cloud.proxy.clone(),
            certificate: settings.ssh_certificate.clone(),
            agent: settings.ssh_agent.clone(),
            keys: settings.ssh_keys.clone(),
            direct: settings.ssh_direct.clone(),
            accept_new_host_keys: settings.accept_new_host_key,
            ..RemoteSettings::default()
        });
        Ok(Self { inner: Arc::new(Inner { settings, cloud, remote }) })
    }

    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(super) fn cloud(&self) -> &Cloud {
        &self.inner.cloud
    }

    pub(super) fn remote(&self) -> &Remote {
        &self.inner.remote
    }

    /// The throttle's gauge, for the status bar.
    pub fn throttle(&self) -> Gauge {
        let g = self.inner.cloud.throttle();
        Gauge {
            reads_left: g.reads_left,
            reads_max: g.reads_max,
            writes_left: g.writes_left,
            writes_max: g.writes_max,
            requests: g.requests,
            throttled: g.throttled,
            waiting_ms: g.waiting_ms,
        }
    }

    /// Refuses when the session may change nothing.
    pub fn may_change(&self) -> Result<(), OpsError> {
        if self.settings().read_only {
            return Err(OpsError::refused("this is a --read-only session", "leave --read-only away to change things"));
        }
        Ok(())
    }

    /// Reads team.json anew; `None` when there is none and nobody named one.
    pub fn team_file(&self) -> Result<Option<TeamFile>, OpsError> {
        let path = &self.settings().team;
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !self.settings().team_named => return Ok(None),
            Err(e) => {
                let message = match e.kind() {
                    std::io::ErrorKind::NotFound => format!("there is no {} here", path.display()),
                    _ => format!("{} can't be read: {e}", path.display()),
                };
                let remedy =
                    r#"write {"members": [{"email": "alice@example.com"}]} into it, or name another with --team FILE"#;
                return Err(OpsError::input(message, remedy));
            }
        };
        let parsed = parse(&text).map_err(|e| OpsError::input(format!("{}: {e}", path.display()), e.remedy))?;
        Ok(Some(parsed))
    }

    /// The team: team.json read anew, or without one whoever is signed in.
    pub async fn team(&self) -> Result<TeamFile, OpsError> {
        match self.team_file()? {
            Some(file) => Ok(file),
            None => alone::team(self.cloud()).await,
        }
    }

    /// Where the fleet lives, by team.json and the environment.
    pub(super) fn names(&self, team: &Team) -> Result<Names, OpsError> {
        let settings = self.settings();
        let subscription = settings.cloud.subscription.clone().ok_or_else(|| {
            OpsError::input(
                "no subscription is named",
                "give its GUID with --subscription or AZURE_SUBSCRIPTION (az account list shows them)",
            )
        })?;
        let (resource_group, location) = settings.place(team)?;
        Ok(Names { subscription, resource_group, location })
    }

    /// The machines as Azure lists them now; none when the group is not there.
    pub(super) async fn machines(&self) -> Result<(Names, Team, Seen<Vec<Instance>>), OpsError> {
        let team = self.team().await?.team;
        let names = self.names(&team)?;
        let machines = self.inventory(&names).await?;
        Ok((names, team, machines))
    }

    /// The machines as Azure lists them now. What claw remembers of them is brought up to date.
    pub(super) async fn inventory(&self, names: &Names) -> Result<Seen<Vec<Instance>>, OpsError> {
        let machines = self.cloud().inventory(names).await?;
        self.remember(names, &machines);
        Ok(machines)
    }

    /// Keeps what later commands want to know of a list.
    pub(super) fn remember(&self, names: &Names, machines: &Seen<Vec<Instance>>) {
        snapshot::keep(self, names, &machines.value, machines.at);
        history::note(&self.settings().data, names, machines);
    }

    /// One machine by slug, VM name or e-mail.
    pub(super) async fn find(&self, name: &str) -> Result<(Names, Team, Instance), OpsError> {
        let (names, team, machines) = self.machines().await?;
        let instance = pick(&machines.value, name)?.clone();
        Ok((names, team, instance))
    }

    /// How to get into a machine as the administrator.
    pub(super) fn target(&self, instance: &Instance) -> Result<Target, OpsError> {
        match instance.power.value {
            PowerState::Running | PowerState::Unknown => {}
            other => {
                let message = format!("{} is {}", instance.name, other.word());
                return Err(OpsError::failed(message).with_remedy(format!("claw start {}", short(instance))));
            }
        }
        let door =
            instance.door().ok_or_else(|| OpsError::failed(format!("{} has no public address", instance.name)))?;
        Ok(Target { machine: instance.name.clone(), door, user: self.settings().admin.clone() })
    }

    /// The fingerprint of the key that a machine without a pinned one showed and claw took; for people to see.
    pub(super) async fn new_host_key(&self, target: &Target) -> Option<String> {
        let Door::Ssh { host_key: None, .. } = &target.door else { return None };
        let (_, host_key) = self.remote().sign_in(target).await.ok()?;
        fingerprint(&host_key)
    }
}

/// The name people use for a machine: its slug, or else its VM name.
pub fn short(instance: &Instance) -> &str {
    instance.short()
}

/// The named machines, each once, in the order of the names; all of them without a name.
pub(super) fn chosen(machines: &[Instance], names: &[String]) -> Result<Vec<Instance>, OpsError> {
    if names.is_empty() {
        return Ok(machines.to_vec());
    }
    let mut wanted: Vec<Instance> = Vec::new();
    for name in names {
        let instance = pick(machines, name)?;
        if !wanted.iter().any(|w| w.name == instance.name) {
            wanted.push(instance.clone());
        }
    }
    Ok(wanted)
}

/// Finds exactly one machine by VM name, slug or e-mail.
pub(super) fn pick<'a>(machines: &'a [Instance], name: &str) -> Result<&'a Instance, OpsError> {
    let is = |text: &str| text.eq_ignore_ascii_case(name);
    let ways: [&dyn Fn(&Instance) -> bool; 3] =
        [&|i| is(&i.name), &|i| i.slug.as_ref().is_some_and(|slug| is(slug.as_str())), &|i| {
            i.email.as_deref().is_some_and(is)
        }];
    for has in ways {
        let found: Vec<&Instance> = machines.iter().filter(|i| has(i)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one),
            // A renamed member can be called like somebody who left.
            several => {
                let names: Vec<&str> = several.iter().map(|i| i.name.as_str()).collect();
                let message = format!("{} machines are called `{name}`: {}", names.len(), names.join(", "));
                return Err(OpsError::input(message, "say which by its VM's name"));
            }
        }
    }
    let known: Vec<&str> = machines.iter().map(short).collect();
    let remedy = match known.as_slice() {
        [] => "there are no machines yet: claw up makes them".to_owned(),
        names => format!("these are there: {}", names.join(", ")),
    };
    Err(OpsError::input(format!("there is no machine called `{name}`"), remedy))
}
