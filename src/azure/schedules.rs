//! Auto-shutdown of VMs (Microsoft.DevTestLab/schedules, azure.md §9). Azure starts nothing again, and deletes none of
//! these with its VM.

use azure_core::http::Method;
use serde::Deserialize;
use serde_json::json;

use super::{
    api,
    arm::{Arm, absent_is_none},
    error::{AzureError, Task},
};
use crate::fleet::{instance::tag, names::Names, observed::Schedule};

pub const KIND: &str = "Microsoft.DevTestLab/schedules";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Found {
    name: String,
    tags: Option<std::collections::BTreeMap<String, String>>,
    properties: Properties,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Properties {
    status: String,
    time_zone_id: String,
    daily_recurrence: Option<Daily>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Daily {
    time: String,
}

pub async fn list(arm: &Arm, names: &Names) -> Result<Vec<Schedule>, AzureError> {
    let task = Task::new("list auto-shutdowns", &names.resource_group);
    let url = arm.url(&format!("{}/providers/{KIND}", names.group_id()), api::SCHEDULES, &[]);
    let found: Vec<Found> = absent_is_none(arm.list(task, url).await)?.unwrap_or_default();
    let schedules = found.into_iter().map(|f| Schedule {
        is_own: f.tags.is_some_and(|tags| tags.contains_key(tag::SHUTDOWN)),
        enabled: f.properties.status.eq_ignore_ascii_case("enabled"),
        time: f.properties.daily_recurrence.unwrap_or_default().time,
        zone: f.properties.time_zone_id,
        name: f.name,
    });
    Ok(schedules.collect())
}

/// `time` as `1900`, `zone` by its Windows name.
pub async fn put(arm: &Arm, names: &Names, machine: &str, time: &str, zone: &str) -> Result<(), AzureError> {
    let body = json!({
        "location": names.location,
        "tags": {tag::SHUTDOWN: "nightly"},
        "properties": {
            "status": "Enabled", "taskType": "ComputeVmShutdownTask",
            "dailyRecurrence": {"time": time}, "timeZoneId": zone,
            "targetResourceId": names.machine_id(machine),
            "notificationSettings": {"status": "Disabled", "timeInMinutes": 30},
        },
    });
    let url = arm.url(&id(names, machine), api::SCHEDULES, &[]);
    arm.send(Task::new("set auto-shutdown of", machine), Method::Put, &url, Some(&body)).await.map(|_| ())
}

/// Absent is success.
pub async fn remove(arm: &Arm, names: &Names, machine: &str) -> Result<(), AzureError> {
    let url = arm.url(&id(names, machine), api::SCHEDULES, &[]);
    absent_is_none(arm.send(Task::new("remove auto-shutdown of", machine), Method::Delete, &url, None).await)
        .map(|_| ())
}

/// The form of the name is mandatory.
fn id(names: &Names, machine: &str) -> String {
    names.resource(KIND, &Names::shutdown(machine))
}
