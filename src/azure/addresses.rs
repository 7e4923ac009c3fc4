//! Public addresses of machines: the VM list has none, so interfaces and addresses are listed and joined.

use std::collections::HashMap;

use super::{
    api,
    arm::{Arm, absent_is_none},
    error::{AzureError, Task},
    models::network::{NetworkInterface, PublicIpAddress},
};
use crate::fleet::names::Names;

/// Addresses by the lower-case id of their interface: ARM returns ids in whatever case.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    by_interface: HashMap<String, String>,
}

impl Addresses {
    pub fn of_interface(&self, id: &str) -> Option<&str> {
        self.by_interface.get(&id.to_ascii_lowercase()).map(String::as_str)
    }

    pub fn join(interfaces: &[NetworkInterface], addresses: &[PublicIpAddress]) -> Self {
        let by_id: HashMap<String, &str> =
            addresses.iter().filter_map(|a| Some((a.id.as_deref()?.to_ascii_lowercase(), a.address()?))).collect();
        let joined = interfaces.iter().filter_map(|nic| {
            let address = by_id.get(&nic.public_ip_id()?.to_ascii_lowercase())?;
            Some((nic.id.as_deref()?.to_ascii_lowercase(), (*address).to_owned()))
        });
        Self { by_interface: joined.collect() }
    }
}

/// Two lists, at the same time.
pub async fn read(arm: &Arm, names: &Names) -> Result<Addresses, AzureError> {
    let task = Task::new("list addresses", &names.resource_group);
    let url = |kind: &str| {
        let path = format!("{}/providers/Microsoft.Network/{kind}", names.group_id());
        arm.url(&path, api::NETWORK, &[])
    };
    let (interfaces, addresses) = tokio::join!(
        arm.list::<NetworkInterface>(task, url("networkInterfaces")),
        arm.list::<PublicIpAddress>(task, url("publicIPAddresses")),
    );
    let interfaces = absent_is_none(interfaces)?.unwrap_or_default();
    let addresses = absent_is_none(addresses)?.unwrap_or_default();
    Ok(Addresses::join(&interfaces, &addresses))
}

/// The address of one interface.
pub async fn read_one(arm: &Arm, task: Task<'_>, interface: &str) -> Result<Option<String>, AzureError> {
    let nic: Option<NetworkInterface> = arm.find(task, &arm.url(interface, api::NETWORK, &[])).await?;
    let Some(id) = nic.as_ref().and_then(NetworkInterface::public_ip_id) else { return Ok(None) };
    let address: Option<PublicIpAddress> = arm.find(task, &arm.url(id, api::NETWORK, &[])).await?;
    Ok(address.as_ref().and_then(PublicIpAddress::address).map(str::to_owned))
}
