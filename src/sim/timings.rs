//! How long things take in a scenario.

use std::time::Duration;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timings {
    /// A VM's creation.
    #[serde(with = "humantime_serde")]
    pub create_vm: Duration,
    #[serde(with = "humantime_serde")]
    pub start: Duration,
    #[serde(with = "humantime_serde")]
    pub deallocate: Duration,
    #[serde(with = "humantime_serde")]
    pub delete: Duration,
    /// Any other ARM operation that takes time.
    #[serde(with = "humantime_serde")]
    pub other: Duration,
    /// From a role assignment to its effect.
    #[serde(with = "humantime_serde")]
    pub role_propagation: Duration,
    /// After which Azure takes a token no more, whose bearer believes that it lives for an hour: as if it were revoked, or
    /// the bearer's clock set back. Absent: no sooner than it says.
    #[serde(with = "humantime_serde")]
    pub token_lifetime: Option<Duration>,
    /// How old Resource Graph's picture is.
    #[serde(with = "humantime_serde")]
    pub resource_graph_lag: Duration,
    /// How far Cost Management is behind.
    #[serde(with = "humantime_serde")]
    pub cost_lag: Duration,
    /// Of each bootstrap stage.
    #[serde(with = "humantime_serde")]
    pub stage: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        let s = Duration::from_secs;
        Self {
            create_vm: s(45),
            start: s(30),
            deallocate: s(40),
            delete: s(40),
            other: s(5),
            role_propagation: s(20),
            token_lifetime: None,
            resource_graph_lag: s(30),
            cost_lag: s(8 * 3600),
            stage: s(15),
        }
    }
}
