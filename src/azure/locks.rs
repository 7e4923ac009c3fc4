//! Management locks (Microsoft.Authorization/locks).

use azure_core::http::Method;
use serde::Deserialize;

use super::{
    api,
    arm::{Arm, absent_is_none},
    error::{AzureError, Task},
};
use crate::fleet::{names::Names, observed::Lock};

#[derive(Default, Deserialize)]
#[serde(default)]
struct ManagementLock {
    id: Option<String>,
    name: Option<String>,
    properties: Option<Properties>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Properties {
    level: Option<String>,
}

/// Locks at the group and on everything in it.
pub async fn list(arm: &Arm, names: &Names) -> Result<Vec<Lock>, AzureError> {
    let task = Task::new("list locks", &names.resource_group);
    let url = arm.url(&format!("{}/providers/Microsoft.Authorization/locks", names.group_id()), api::LOCKS, &[]);
    let found: Vec<ManagementLock> = absent_is_none(arm.list(task, url).await)?.unwrap_or_default();
    let locks = found.into_iter().filter_map(|lock| {
        let level = lock.properties.and_then(|p| p.level).unwrap_or_default();
        Some(Lock { id: lock.id?, name: lock.name?, level })
    });
    Ok(locks.collect())
}

/// Absent is success.
pub async fn remove(arm: &Arm, id: &str) -> Result<(), AzureError> {
    let task = Task::new("remove lock", id);
    absent_is_none(arm.send(task, Method::Delete, &arm.url(id, api::LOCKS, &[]), None).await)?;
    Ok(())
}
