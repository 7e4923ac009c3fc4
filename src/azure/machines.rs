//! Power and deletion of one machine, always by its own VM endpoint.

use azure_core::http::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    api,
    arm::{Arm, absent_is_none},
    error::{AzureError, AzureErrorKind, Task},
    inventory,
    models::compute::VirtualMachine,
    operation,
};
use crate::fleet::names::Names;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerAction {
    Start,
    Restart,
    Deallocate,
}

impl PowerAction {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Restart => "restart",
            Self::Deallocate => "deallocate",
        }
    }
}

pub async fn power(
    arm: &Arm,
    names: &Names,
    machine: &str,
    action: PowerAction,
    cancel: &CancellationToken,
) -> Result<(), AzureError> {
    let task = Task::new(action.word(), machine);
    let url = arm.url(&format!("{}/{}", names.machine_id(machine), action.word()), api::COMPUTE, &[]);
    operation::unless_cancelled(task, cancel, async {
        let answer = arm.send(task, Method::Post, &url, None).await?;
        operation::finish(arm, task, answer, None).await
    })
    .await
}

/// Reads the VM first: only one that belongs to this fleet's scale set is deleted.
pub async fn delete(arm: &Arm, names: &Names, machine: &str, cancel: &CancellationToken) -> Result<(), AzureError> {
    let task = Task::new("delete machine", machine);
    operation::unless_cancelled(task, cancel, delete_now(arm, task, names, machine)).await
}

async fn delete_now(arm: &Arm, task: Task<'_>, names: &Names, machine: &str) -> Result<(), AzureError> {
    let Some(found) = inventory::read(arm, task, names, machine).await? else { return Ok(()) };
    if !belongs(&found, names) {
        let message = format!("is not in the scale set {}; nothing was deleted", Names::SCALE_SET);
        return Err(task.error(AzureErrorKind::Refused, message).with_remedy("delete it by hand if you mean to"));
    }
    let url = arm.url(&names.machine_id(machine), api::COMPUTE, &[]);
    let Some(answer) = absent_is_none(arm.send(task, Method::Delete, &url, None).await)? else { return Ok(()) };
    operation::finish_deletion(arm, task, answer, &url).await
}

fn belongs(machine: &VirtualMachine, names: &Names) -> bool {
    let scale_set = machine.properties.as_ref().and_then(|p| p.virtual_machine_scale_set.as_ref());
    scale_set.and_then(|s| s.id.as_deref()).is_some_and(|id| id.eq_ignore_ascii_case(&names.scale_set_id()))
}

/// Installs the Entra login extension on a VM that lacks it; one that is there stays as it is.
pub async fn install_entra_login(
    arm: &Arm,
    names: &Names,
    machine: &str,
    cancel: &CancellationToken,
) -> Result<(), AzureError> {
    let task = Task::new("install Entra login", machine);
    let id = format!("{}/extensions/{}", names.machine_id(machine), Names::ENTRA_LOGIN);
    let url = arm.url(&id, api::COMPUTE, &[]);
    operation::unless_cancelled(task, cancel, async {
        if arm.find::<Value>(task, &url).await?.is_some() {
            return Ok(());
        }
        let body = json!({"location": names.location, "properties": {
            "publisher": "Microsoft.Azure.ActiveDirectory", "type": "AADSSHLoginForLinux",
            "typeHandlerVersion": "1.0", "autoUpgradeMinorVersion": true, "settings": {},
        }});
        let answer = arm.send(task, Method::Put, &url, Some(&body)).await?;
        operation::finish(arm, task, answer, Some(url.clone())).await
    })
    .await
}

/// Lets the OS disk outlive the VM. Returns the disk's id.
pub async fn keep_disk(
    arm: &Arm,
    names: &Names,
    machine: &str,
    cancel: &CancellationToken,
) -> Result<String, AzureError> {
    let task = Task::new("keep the disk of", machine);
    operation::unless_cancelled(task, cancel, async {
        let found = inventory::read(arm, task, names, machine).await?.filter(|vm| belongs(vm, names));
        let found = found.ok_or_else(|| task.error(AzureErrorKind::Refused, "is not in the scale set"))?;
        let disk = found.os_disk_id().map(str::to_owned);
        let disk = disk.ok_or_else(|| task.error(AzureErrorKind::Protocol, "the VM does not say which disk it has"))?;
        let url = arm.url(&names.machine_id(machine), api::COMPUTE, &[]);
        let body = json!({"properties": {"storageProfile": {"osDisk": {"deleteOption": "Detach"}}}});
        let answer = arm.send(task, Method::Patch, &url, Some(&body)).await?;
        operation::finish(arm, task, answer, Some(url)).await?;
        Ok(disk)
    })
    .await
}
