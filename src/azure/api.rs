//! API versions, pinned in one place (each is the oldest that has all claw uses and is still served).

pub const COMPUTE: &str = "2024-07-01";
pub const NETWORK: &str = "2024-01-01";
/// Resource groups, their resources, deployments and tags.
pub const RESOURCES: &str = "2024-07-01";
pub const AUTHORIZATION: &str = "2022-04-01";
pub const IDENTITY: &str = "2023-01-31";
pub const RESOURCE_GRAPH: &str = "2021-03-01";
/// Key Vault's data plane.
pub const SECRETS: &str = "7.5";
/// Management locks.
pub const LOCKS: &str = "2020-05-01";
pub const BUDGETS: &str = "2023-11-01";
/// Microsoft.DevTestLab/schedules; never revised.
pub const SCHEDULES: &str = "2018-09-15";
/// Cost Management's query.
pub const COSTS: &str = "2023-11-01";
/// Key Vault's management plane.
pub const VAULTS: &str = "2023-07-01";
pub const PROVIDERS: &str = "2021-04-01";
/// Microsoft.Compute/skus, which has a version of its own.
pub const SKUS: &str = "2021-07-01";
