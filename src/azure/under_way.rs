//! Machines that are being made: their deployments run, the machines themselves may not be listed yet.

use serde::Deserialize;

use super::{
    api,
    arm::{Arm, absent_is_none},
    error::{AzureError, Task},
};
use crate::fleet::{names::Names, observed::UnderWay, person::ObjectId};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Running {
    name: Option<String>,
    properties: Option<Properties>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Properties {
    parameters: Option<Parameters>,
}

/// Of the template of a machine (`assets/infra/member.json`); other deployments have no such parameter.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Parameters {
    member_object_id: Option<Parameter>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameter {
    value: Option<String>,
}

pub async fn list(arm: &Arm, names: &Names) -> Result<Vec<UnderWay>, AzureError> {
    let task = Task::new("list running deployments", "of the group");
    let path = format!("{}/providers/Microsoft.Resources/deployments", names.group_id());
    let url = arm.url(&path, api::RESOURCES, &[("$filter", "provisioningState eq 'Running'")]);
    let found: Vec<Running> = absent_is_none(arm.list(task, url).await)?.unwrap_or_default();
    let machines = found.into_iter().filter_map(|running| {
        let member = running.properties?.parameters?.member_object_id?.value?;
        Some(UnderWay { machine: running.name?, member: ObjectId::new(&member) })
    });
    Ok(machines.collect())
}
