//! A scenario: who is in the directory, how long things take, what happens when. TOML.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde::Deserialize;

use super::{SimError, cloud_name::CloudName};
pub use super::{chaos::ChaosScript, clock::Jump, fault_kind::FaultKind, timings::Timings};

/// What `claw demo` shows.
const DEMO: &str = include_str!("../../assets/scenarios/demo.toml");

/// Reads a scenario file; `None` is the demo's. Errors name the file, and the line and field in it.
pub fn load(path: Option<&Path>) -> Result<Scenario, SimError> {
    let Some(path) = path else { return parse("demo.toml", DEMO) };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| SimError::Scenario { path: name.clone(), message: error.to_string() })?;
    parse(&name, &text)
}

fn parse(name: &str, text: &str) -> Result<Scenario, SimError> {
    let wrong = |message: String| SimError::Scenario { path: name.to_owned(), message };
    let scenario: Scenario = toml::from_str(text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
    if let Some((group, member)) = scenario.stranger() {
        return Err(wrong(format!("groups: `{member}` in {group} is neither a user's upn nor a group's id")));
    }
    match scenario.speed {
        Some(speed) if !(speed.is_finite() && speed > 0.0) => {
            Err(wrong(format!("speed: {speed} is not a positive number")))
        }
        _ => Ok(scenario),
    }
}

/// All durations are virtual, written like `90s` or `3h`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// `public`, `usgov` or `china`.
    pub cloud: CloudName,
    /// How many virtual seconds pass in one real second; 1 when absent.
    pub speed: Option<f64>,
    /// Under which address callers come out on the internet; 203.0.113.10 when absent.
    pub caller_address: Option<std::net::IpAddr>,
    pub users: Vec<User>,
    pub groups: Vec<Group>,
    pub limits: Limits,
    pub timings: Timings,
    /// What is special about a machine, by VM name.
    pub machines: BTreeMap<String, MachineScript>,
    /// Applies to machines not named in `machines`.
    pub every_machine: MachineScript,
    pub faults: Vec<Fault>,
    /// Faults drawn from a seed, beside those above.
    pub chaos: ChaosScript,
    /// When the cloud's clock is set, and by how much.
    pub clock_jumps: Vec<Jump>,
    pub entra: Entra,
}

/// How people sign in, beside what each user's `sign_in` says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Entra {
    pub device_code: DeviceCode,
}

/// Who types a device code, and when.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeviceCode {
    /// UPN of the one who types the code; absent: nobody ever does.
    pub user: Option<String>,
    /// Polls before they do.
    pub pending: u32,
    /// They say no.
    pub declined: bool,
    /// Between two polls; a quicker one is told to slow down.
    #[serde(with = "humantime_serde")]
    pub interval: Duration,
    #[serde(with = "humantime_serde")]
    pub lifetime: Duration,
}

impl Default for DeviceCode {
    fn default() -> Self {
        let (interval, lifetime) = (Duration::from_secs(5), Duration::from_secs(900));
        Self { user: None, pending: 0, declined: false, interval, lifetime }
    }
}

/// What the subscription does not allow.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Total regional vCPUs; as many as there are sizes for when absent.
    pub cores: Option<u64>,
    pub public_ips: Option<usize>,
    /// Sizes that the region does not offer to this subscription.
    pub unavailable_sizes: Vec<String>,
    /// Namespaces that are not registered, e.g. `Microsoft.KeyVault`.
    pub unregistered: Vec<String>,
    /// Types that a policy forbids, e.g. `Microsoft.Network/publicIPAddresses`.
    pub denied_types: Vec<String>,
}

impl Scenario {
    /// The internet knows nobody by a loopback address.
    pub fn address_of(&self, peer: std::net::IpAddr) -> std::net::IpAddr {
        const OFFICE: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 10));
        if peer.is_loopback() { self.caller_address.unwrap_or(OFFICE) } else { peer }
    }
}

impl Scenario {
    /// The first member of a group who is not in the directory, after the group's name.
    fn stranger(&self) -> Option<(&str, &str)> {
        let is_known = |member: &str| {
            self.users.iter().any(|u| u.upn.eq_ignore_ascii_case(member))
                || self.groups.iter().any(|g| g.id.eq_ignore_ascii_case(member))
        };
        let members = self.groups.iter().flat_map(|g| g.members.iter().map(|m| (g.name.as_str(), m.as_str())));
        members.into_iter().find(|(_, member)| !is_known(member))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub id: String,
    pub upn: String,
    #[serde(default)]
    pub mail: Option<String>,
    pub name: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    /// `Member` or `Guest`; absent: told by the `#EXT#` of a guest's UPN.
    #[serde(default)]
    pub user_type: Option<String>,
    /// Further mail addresses (`smtp:` in `proxyAddresses`).
    #[serde(default)]
    pub aliases: Vec<String>,
    #[serde(default)]
    pub sign_in: SignIn,
}

/// How a user fares at Entra.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// Absent: no password signs them in.
    pub password: Option<String>,
    /// Number of the AADSTS error that their token requests meet, e.g. 50076.
    pub refuse: Option<i64>,
    /// Token requests that go well before that.
    pub refuse_after: u32,
    /// Claims (JSON text) that every service asks for until a sign-in names some.
    pub claims_challenge: Option<String>,
    /// Holds Owner at the subscription.
    pub owner: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub id: String,
    pub name: String,
    /// UPNs of users and ids of groups.
    #[serde(default)]
    pub members: Vec<String>,
    /// Hidden membership: the group's people are shown without their names.
    #[serde(default)]
    pub hidden: bool,
}

fn yes() -> bool {
    true
}

/// What a machine does by itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MachineScript {
    /// Devices that ask for pairing, and when after `ready`.
    pub pairings: Vec<PairingScript>,
    /// People who write through a chat channel for the first time, and when after `ready`.
    pub channels: Vec<ChannelScript>,
    /// How long ago somebody last talked to the gateway, at `ready`. Absent: never.
    #[serde(with = "humantime_serde")]
    pub last_interaction: Option<Duration>,
    /// Added to the uptime the machine reports, as if it had been up longer.
    #[serde(with = "humantime_serde")]
    pub already_up: Option<Duration>,
    /// Bootstrap fails in this stage (once; the next boot goes on).
    pub fail_stage: Option<String>,
    /// A release of OpenClaw whose gateway does not become well on this machine.
    pub broken_release: Option<String>,
    /// Jobs of the gateway's own.
    pub jobs: Vec<JobScript>,
    /// Gateway refuses to suspend.
    pub busy: bool,
    /// Somebody has a terminal open there.
    pub logged_in: bool,
    /// Somebody works there through an editor: connected by SSH, without a terminal.
    pub connected: bool,
    /// A program, with its arguments, that is the machine: a real one. Everything else here is void then.
    pub run: Vec<String>,
    /// Gateway is not well while its config has something at this dotted path.
    pub breaks_on: Option<String>,
    /// Log lines a second that the bootstrap prints between markers.
    pub lines_per_second: Option<f64>,
}

/// A job of the gateway's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobScript {
    pub name: String,
    /// How long after the machine was made it is due; in real time, since clients set it against their own clock.
    #[serde(with = "humantime_serde")]
    pub due: Duration,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairingScript {
    #[serde(with = "humantime_serde")]
    pub after: Duration,
    pub device: String,
    pub platform: String,
    pub scopes: Vec<String>,
    pub remote_ip: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelScript {
    #[serde(with = "humantime_serde")]
    pub after: Duration,
    /// E.g. `telegram`.
    pub channel: String,
    pub sender: String,
    /// What the channel knows of them beside the id, e.g. `username`.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// The n-th request (from 0) whose `METHOD host path` contains `on` is answered so instead.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub on: String,
    #[serde(default)]
    pub nth: usize,
    #[serde(default = "once")]
    pub times: usize,
    pub kind: FaultKind,
    #[serde(default)]
    pub retry_after: Option<u32>,
}

fn once() -> usize {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_scenarios_are_read() {
        let demo = load(None).unwrap();
        assert_eq!(demo.machines["claw-erin"].last_interaction, Some(Duration::from_secs(3 * 3600 + 12 * 60)));
        assert_eq!(demo.users.iter().filter(|user| user.mail.as_deref() == Some("sam@example.com")).count(), 2);
        let fast = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/fast.toml");
        assert_eq!(load(Some(&fast)).unwrap().speed, Some(50.0));
    }

    #[test]
    fn resource_graph_is_half_a_minute_behind_unless_told() {
        assert_eq!(parse("x.toml", "").unwrap().timings.resource_graph_lag, Duration::from_secs(30));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let wrong = |text| parse("x.toml", text).unwrap_err().to_string();
        let unknown = wrong("speed = 1.0\n[timings]\nstrat = \"3s\"\n");
        assert!(unknown.contains("x.toml") && unknown.contains("line 3") && unknown.contains("strat"), "{unknown}");
        assert!(wrong("[timings]\nstart = \"soon\"\n").contains("line 2"));
        let stranger = wrong("[[groups]]\nid = \"g\"\nname = \"All\"\nmembers = [\"zoe@x\"]\n");
        assert!(stranger.contains("zoe@x") && stranger.contains("All"), "{stranger}");
        assert!(wrong("speed = 0.0").contains("speed"));
        assert!(load(Some(Path::new("/nowhere/x.toml"))).unwrap_err().to_string().contains("/nowhere/x.toml"));
    }
}
