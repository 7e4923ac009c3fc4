//! Power and deletion of one machine, always by its own VM endpoint.

use azure_core::http::Method;
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
    absent_is_none(operation::finish(arm, task, answer, None).await)?;
    Ok(())
}

fn belongs(machine: &VirtualMachine, names: &Names) -> bool {
    let scale_set = machine.properties.as_ref().and_then(|p| p.virtual_machine_scale_set.as_ref());
    scale_set.and_then(|s| s.id.as_deref()).is_some_and(|id| id.eq_ignore_ascii_case(&names.scale_set_id()))
}
