//! A deleted vault keeps its name, and its secrets, until it is recovered or purged (azure.md §7).

use azure_core::http::Method;
use serde::Deserialize;
use serde_json::json;

use super::{
    api,
    arm::Arm,
    error::{AzureError, Task},
    operation,
};
use crate::fleet::{names::Names, observed::DeletedVault};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Deleted {
    name: Option<String>,
    properties: Option<Properties>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Properties {
    deletion_date: Option<String>,
}

/// The fleet's vault among the deleted ones of its location.
pub async fn find(arm: &Arm, names: &Names) -> Result<Option<DeletedVault>, AzureError> {
    let vault = names.vault();
    let task = Task::new("look for deleted vault", &vault);
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.KeyVault/locations/{}/deletedVaults/{vault}",
        names.subscription, names.location
    );
    let found: Option<Deleted> = arm.find(task, &arm.url(&path, api::VAULTS, &[])).await?;
    Ok(found.map(|deleted| DeletedVault {
        name: deleted.name.unwrap_or_else(|| vault.clone()),
        deleted: deleted.properties.and_then(|p| p.deletion_date).unwrap_or_default(),
    }))
}

/// Brings it back as it was.
pub async fn recover(arm: &Arm, names: &Names, tenant: &str) -> Result<(), AzureError> {
    let vault = names.vault();
    let task = Task::new("recover vault", &vault);
    let url = arm.url(&names.vault_id(), api::VAULTS, &[]);
    // Recovery looks at none of the properties; should somebody else have recovered it meanwhile, this is an update,
    // and must change nothing.
    let body = json!({"location": names.location, "properties": {
        "tenantId": tenant, "sku": {"family": "A", "name": "standard"}, "createMode": "recover",
        "enableRbacAuthorization": true, "enableSoftDelete": true, "softDeleteRetentionInDays": 7,
    }});
    let answer = arm.send(task, Method::Put, &url, Some(&body)).await?;
    operation::finish(arm, task, answer, Some(url)).await
}
