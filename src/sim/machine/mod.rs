//! A machine of the embedded cloud: boots, prints to its console, bootstraps, answers SSH, runs a gateway.

use std::sync::Arc;

use super::world::World;

/// What the cloud knows of a VM when it makes its machine.
#[derive(Clone, Debug)]
pub struct MachineSpec {
    /// Lower-cased VM id.
    pub vm_id: String,
    /// VM name and host name.
    pub name: String,
    pub admin_user: String,
    /// OpenSSH public keys of the admin user.
    pub authorized_keys: Vec<String>,
    /// Decoded customData: the cloud-init with the bootstrap script in it.
    pub custom_data: Vec<u8>,
    /// Object ids of its identities: system-assigned first, then user-assigned (with their client ids).
    pub system_principal: String,
    /// client id → principal id.
    pub user_identities: Vec<(String, String)>,
}

/// A machine. Its disk (host keys, logs, gateway state) outlives power cycles.
pub struct Machine {
    pub spec: MachineSpec,
    // filled in by the machine room
}

impl Machine {
    /// Makes the machine, switched off.
    pub fn new(_world: &Arc<World>, _spec: MachineSpec) -> Arc<Self> {
        todo!()
    }

    /// Boots: console output, host keys, then the bootstrap where it left off.
    pub fn power_on(self: &Arc<Self>) {
        todo!()
    }

    /// Cuts every connection and stops everything; the disk stays.
    pub fn power_off(&self) {
        todo!()
    }

    /// The serial console's text of this boot and those before it.
    pub fn console(&self) -> String {
        todo!()
    }

    /// Speaks SSH on a connection that reached port 22. Returns when it ends.
    pub async fn serve(self: &Arc<Self>, _stream: tokio::io::DuplexStream) {
        todo!()
    }
}
