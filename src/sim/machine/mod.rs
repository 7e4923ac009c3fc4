//! A machine of the embedded cloud: boots, prints to its console, bootstraps, answers SSH, runs a gateway.

mod boot;
mod chatter;
mod disk;
mod exec;
mod gateway;
mod settings;
mod sftp;
mod ssh;
#[cfg(test)]
mod tests;
mod words;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use russh::keys::PrivateKey;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::world::World;
use disk::Disk;
use gateway::Gateway;

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
    /// Object ID of its system-assigned identity.
    pub system_principal: String,
    /// client id → principal id of its user-assigned identities.
    pub user_identities: Vec<(String, String)>,
}

/// A machine. Its disk (host key, logs, gateway state) outlives power cycles.
pub struct Machine {
    pub spec: MachineSpec,
    world: Weak<World>,
    host_key: PrivateKey,
    disk: Disk,
    gateway: Gateway,
    run: Mutex<Run>,
}

/// What changes from boot to boot.
#[derive(Default)]
struct Run {
    /// Cancelled when the power goes; `None` while off.
    on: Option<CancellationToken>,
    booted: Option<OffsetDateTime>,
    /// Stages finished in this or an earlier boot.
    done: BTreeSet<String>,
    failed_once: bool,
}

impl Machine {
    /// Makes the machine, switched off.
    pub fn new(world: &Arc<World>, spec: MachineSpec) -> Arc<Self> {
        let seed: [u8; 32] = rand::random();
        let host_key = PrivateKey::from(russh::keys::ssh_key::private::Ed25519Keypair::from_seed(&seed));
        Arc::new(Self {
            world: Arc::downgrade(world),
            host_key,
            disk: Disk::default(),
            gateway: Gateway::default(),
            run: Mutex::default(),
            spec,
        })
    }

    /// Boots: console output, host keys, then the bootstrap where it left off.
    pub fn power_on(self: &Arc<Self>) {
        let Some(world) = self.world.upgrade() else { return };
        let on = world.state().stop.child_token();
        {
            let mut run = self.run();
            if run.on.is_some() {
                return;
            }
            run.on = Some(on.clone());
            run.booted = Some(OffsetDateTime::now_utc());
        }
        let machine = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = on.cancelled() => {}
                () = boot::boot(&machine, &world) => {}
            }
        });
    }

    /// Cuts every connection and stops everything; the disk stays.
    pub fn power_off(&self) {
        if let Some(on) = self.run().on.take() {
            on.cancel();
        }
        self.gateway.stop();
    }

    /// The serial console's text of this boot and those before it.
    pub fn console(&self) -> String {
        self.disk.text(disk::CONSOLE)
    }

    /// Speaks SSH on a connection that reached port 22. Returns when it ends.
    pub async fn serve(self: &Arc<Self>, stream: tokio::io::DuplexStream) {
        let Some(on) = self.run().on.clone() else { return };
        tokio::select! {
            () = on.cancelled() => {}
            () = ssh::serve(self.clone(), stream, on.clone()) => {}
        }
    }

    fn run(&self) -> std::sync::MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints a line to the console and the bootstrap log.
    fn say(&self, line: &str) {
        self.disk.append(disk::CONSOLE, line);
        self.disk.append(disk::BOOTSTRAP_LOG, line);
    }
}
