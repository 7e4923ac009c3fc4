//! The resource group and what stands in it.

use std::collections::BTreeMap;

use azure_core::http::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    api,
    arm::{Arm, absent_is_none},
    error::{AzureError, Task},
    models::resource::{GenericResource, UserAssignedIdentity},
    operation::{self, Progress},
};
use crate::fleet::{
    names::Names,
    observed::{FleetIdentity, Resource},
    person::ObjectId,
};

pub async fn exists(arm: &Arm, names: &Names) -> Result<bool, AzureError> {
    let task = Task::new("read resource group", &names.resource_group);
    let found: Option<Value> = arm.find(task, &arm.url(&names.group_id(), api::RESOURCES, &[])).await?;
    Ok(found.is_some())
}

/// Makes the group when it is absent. An existing one keeps its own tags: only missing ones are merged in.
pub async fn ensure(arm: &Arm, names: &Names, tags: &BTreeMap<String, String>) -> Result<(), AzureError> {
    let task = Task::new("make resource group", &names.resource_group);
    let url = arm.url(&names.group_id(), api::RESOURCES, &[]);
    let found: Option<Value> = arm.find(task, &url).await?;
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    // A PUT replaces the whole tag map.
    if let Some(Value::Object(old)) = found.as_ref().and_then(|group| group.get("tags")) {
        all.extend(old.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    all.extend(tags.iter().map(|(name, value)| (name.clone(), json!(value))));
    let body = json!({"location": names.location, "tags": all});
    arm.send(task, Method::Put, &url, Some(&body)).await.map(|_| ())
}

pub async fn delete(
    arm: &Arm,
    names: &Names,
    progress: Progress<'_>,
    cancel: &CancellationToken,
) -> Result<(), AzureError> {
    let task = Task::new("delete resource group", &names.resource_group);
    operation::unless_cancelled(task, cancel, delete_now(arm, task, names, progress)).await
}

async fn delete_now(arm: &Arm, task: Task<'_>, names: &Names, progress: Progress<'_>) -> Result<(), AzureError> {
    let url = arm.url(&names.group_id(), api::RESOURCES, &[]);
    let Some(answer) = absent_is_none(arm.send(task, Method::Delete, &url, None).await)? else { return Ok(()) };
    progress(format!("{}: deleting everything in the group; Azure takes some minutes", names.resource_group));
    operation::finish_deletion(arm, task, answer, &url).await?;
    progress(format!("{}: gone", names.resource_group));
    Ok(())
}

pub async fn resources(arm: &Arm, names: &Names) -> Result<Vec<Resource>, AzureError> {
    let task = Task::new("list resources", &names.resource_group);
    let url = arm.url(&format!("{}/resources", names.group_id()), api::RESOURCES, &[]);
    let found: Vec<GenericResource> = absent_is_none(arm.list(task, url).await)?.unwrap_or_default();
    let resources = found.into_iter().filter_map(|resource| {
        Some(Resource {
            id: resource.id?,
            kind: resource.kind?.to_ascii_lowercase(),
            name: resource.name?,
            tags: resource.tags.unwrap_or_default(),
        })
    });
    Ok(resources.collect())
}

/// The fleet's user-assigned identity.
pub async fn fleet_identity(arm: &Arm, names: &Names) -> Result<Option<FleetIdentity>, AzureError> {
    let task = Task::new("read identity", Names::IDENTITY);
    let url = arm.url(&names.identity_id(), api::IDENTITY, &[]);
    let found: Option<UserAssignedIdentity> = arm.find(task, &url).await?;
    let properties = found.and_then(|identity| identity.properties).unwrap_or_default();
    Ok(match (properties.principal_id, properties.client_id) {
        (Some(principal), Some(client_id)) => {
            Some(FleetIdentity { principal_id: ObjectId::new(&principal), client_id })
        }
        _ => None,
    })
}

/// Merges into a resource's tags; the rest of the map stays.
pub async fn merge_tags(arm: &Arm, resource_id: &str, tags: &BTreeMap<String, String>) -> Result<(), AzureError> {
    let name = resource_id.rsplit('/').next().unwrap_or(resource_id);
    let task = Task::new("tag", name);
    let url = arm.url(&format!("{resource_id}/providers/Microsoft.Resources/tags/default"), api::RESOURCES, &[]);
    let body = json!({"operation": "Merge", "properties": {"tags": tags}});
    let answer = arm.send(task, Method::Patch, &url, Some(&body)).await?;
    operation::finish(arm, task, answer, None).await
}
