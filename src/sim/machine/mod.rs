//! A machine of the embedded cloud: boots, prints to its console, bootstraps, answers SSH, runs a gateway.

mod boot;
mod chatter;
mod console;
mod custom_data;
mod disk;
mod gateway;
mod hardware;
mod identity;
mod outside;
mod secrets;
mod silence;
mod spec;
mod ssh;

use std::sync::Arc;

use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use self::hardware::{Hardware, Power};
pub use self::{
    spec::MachineSpec,
    ssh::{Ear, Told},
};
use super::{tunnel, world::World};

/// A machine. Its disk (host keys, logs, gateway state) outlives power cycles.
pub struct Machine {
    pub spec: MachineSpec,
    hardware: Arc<Hardware>,
}

impl Machine {
    /// Makes the machine, switched off.
    pub fn new(world: &Arc<World>, spec: MachineSpec) -> Arc<Self> {
        let hardware = Arc::new(Hardware::new(world, spec.clone()));
        Arc::new(Self { spec, hardware })
    }

    /// The same around the disk of a machine that was deleted.
    pub fn on_disk_of(world: &Arc<World>, spec: MachineSpec, old: &Self) -> Arc<Self> {
        let hardware = Arc::new(Hardware::on_disk_of(world, spec, &old.hardware));
        Arc::new(Self { spec: hardware.spec.clone(), hardware })
    }

    /// Boots: console output, host keys, then the bootstrap where it left off. Nothing new when it is on.
    pub fn power_on(self: &Arc<Self>) {
        let off = CancellationToken::new();
        let gateway_up = Arc::default();
        {
            let mut power = self.hardware.power();
            if power.is_some() {
                return;
            }
            *power =
                Some(Power { off: off.clone(), since: OffsetDateTime::now_utc(), gateway_up: Arc::clone(&gateway_up) });
        }
        self.hardware.progress().boots += 1;
        let hardware = Arc::clone(&self.hardware);
        if !hardware.script.run.is_empty() {
            tokio::spawn(async move {
                let stop = hardware.world.state().stop.clone();
                let work = outside::run(&hardware, off.clone());
                tokio::pin!(work);
                tokio::select! {
                    () = &mut work => return,
                    () = stop.cancelled() => off.cancel(),
                }
                work.await;
            });
            return;
        }
        tokio::spawn(async move {
            // Taken here and not by the caller, who may hold the state's lock.
            let stop = hardware.world.state().stop.clone();
            tokio::select! {
                biased;
                () = stop.cancelled() => off.cancel(),
                () = off.cancelled() => {}
                () = boot::run(&hardware, &gateway_up) => {}
            }
        });
    }

    /// Cuts every connection and stops everything; the disk stays.
    pub fn power_off(&self) {
        let Some(power) = self.hardware.power().take() else { return };
        power.off.cancel();
        self.hardware.disk.forget_tmpfs();
    }

    /// The serial console's text of this boot and those before it.
    pub fn console(&self) -> String {
        self.hardware.console.text()
    }

    /// The SSH host key that it really has, as `ssh-ed25519 AAAA…`.
    pub fn host_key(&self) -> String {
        let mut key = self.hardware.host_key.public_key().clone();
        key.set_comment("");
        key.to_openssh().unwrap_or_default().trim_end().to_owned()
    }

    /// The gateway's token of this boot.
    pub fn gateway_token(&self) -> Option<String> {
        let token = self.hardware.disk.read(disk::TOKEN, disk::GATEWAY_USER).ok()?;
        Some(String::from_utf8_lossy(&token.bytes).into_owned())
    }

    /// The file that `is_it` says yes to, among those that outlive a power off.
    pub fn lasting_file(&self, mut is_it: impl FnMut(&[u8]) -> bool) -> Option<String> {
        let config = self.hardware.gateway.config_text();
        if is_it(config.as_bytes()) {
            return Some("the gateway's config".to_owned());
        }
        self.hardware.disk.lasting_file(is_it)
    }

    /// Whether its gateway listens.
    pub fn is_ready(&self) -> bool {
        self.hardware.is_gateway_up()
    }

    /// The gateway's config, as its file holds it.
    pub fn config_text(&self) -> String {
        self.hardware.gateway.config_text()
    }

    /// When somebody talked to it last, or it was started; `None` while it is off. In real time, as it tells it.
    pub fn last_use(&self) -> Option<OffsetDateTime> {
        self.hardware.power().as_ref()?;
        let started = OffsetDateTime::now_utc() - time::Duration::seconds_f64(self.hardware.uptime());
        Some(self.hardware.gateway.last_interaction().map_or(started, |talked| talked.max(started)))
    }

    /// Runs a command as Azure's agent does: exit code, standard output, standard error.
    pub fn run_as_root(&self, line: &str) -> (u32, Vec<u8>, Vec<u8>) {
        let output = ssh::run_as_root(&self.hardware, line);
        (output.code, output.stdout, output.stderr)
    }

    pub fn world(&self) -> &Arc<World> {
        &self.hardware.world
    }

    /// Speaks SSH on a connection that reached port 22. Returns when it ends. An impostor does so in the machine's place:
    /// with another host key, letting everybody in, and telling of it.
    pub async fn serve(self: &Arc<Self>, stream: tokio::io::DuplexStream, impostor: Option<Told>) {
        let off = self.hardware.off();
        if off.is_cancelled() {
            return;
        }
        if !self.hardware.script.run.is_empty() && impostor.is_none() {
            return tunnel::carry(off, stream, |far| self.hardware.outside.carry(far)).await;
        }
        tunnel::carry(off, stream, |far| ssh::serve(Arc::clone(&self.hardware), far, impostor)).await;
    }
}

#[cfg(test)]
mod tests;
