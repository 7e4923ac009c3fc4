//! What the infrastructure's template makes once and then leaves alone: others may have added to it since.

use serde_json::Value;

use super::{
    api,
    arm::Arm,
    error::{AzureError, Task},
};
use crate::fleet::names::Names;

/// What stands already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lasting {
    /// With the machines' subnet.
    pub network: bool,
    pub vault: bool,
}

pub async fn read(arm: &Arm, names: &Names) -> Result<Lasting, AzureError> {
    let network = arm.url(&names.resource("Microsoft.Network/virtualNetworks", Names::VNET), api::NETWORK, &[]);
    let network: Option<Value> = arm.find(Task::new("look for network", Names::VNET), &network).await?;
    let is_machines = |subnet: &Value| subnet["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(Names::SUBNET));
    // One whose making failed is sent again: nothing can be connected to it.
    let made = network.filter(|network| network["properties"]["provisioningState"] != "Failed");
    let subnets = made.as_ref().and_then(|network| network["properties"]["subnets"].as_array());
    let name = names.vault();
    let vault = arm.url(&names.vault_id(), api::VAULTS, &[]);
    let vault: Option<Value> = arm.find(Task::new("look for vault", &name), &vault).await?;
    Ok(Lasting { network: subnets.is_some_and(|all| all.iter().any(is_machines)), vault: vault.is_some() })
}
