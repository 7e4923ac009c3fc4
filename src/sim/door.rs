//! Who answers at a machine's port 22: the machine, or what a fault puts in its place.

use std::{net::IpAddr, sync::Arc};

use tokio::io::{AsyncWriteExt, DuplexStream, copy, sink};

use super::{
    faults::Injected,
    front::Front,
    inbound::{self, Refusal},
    machine::{Machine, Told},
};

/// Blocks of 4 KiB that a flooding machine sends; with no end, a clock that stands still while somebody is busy never
/// would go on.
const FLOOD: usize = 4096;

pub enum Door {
    /// Somebody else's server where there is one to be told.
    Machine(Arc<Machine>, Option<Told>),
    /// It takes what it gets and never says a word.
    Silence,
    /// Whoever answers has no end, and speaks no SSH.
    Flood,
}

#[derive(Debug, thiserror::Error)]
pub enum Closed {
    #[error("connection reset by a fault")]
    Fault,
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Front {
    /// The door that a caller at `from` finds at a public address or DNS name.
    pub fn door(self: &Arc<Self>, host: &str, from: IpAddr) -> Result<Door, Closed> {
        let line = format!("CONNECT {host}:22");
        self.world.state().requests.push(line.clone());
        let told = match self.strike(&line) {
            None => None,
            Some(Injected::Impostor) => Some(self.fooled(host)),
            Some(Injected::Silence) => return Ok(Door::Silence),
            Some(Injected::After(_)) => return Ok(Door::Flood),
            Some(Injected::Cut | Injected::Answer(_)) => return Err(Closed::Fault),
        };
        let from = self.world.scenario.address_of(from);
        Ok(Door::Machine(inbound::machine_at(&self.world, host, from)?, told))
    }
}

impl Door {
    /// Until the caller hangs up.
    pub async fn serve(self, mut far: DuplexStream) {
        match self {
            Self::Machine(machine, told) => return machine.serve(far, told).await,
            Self::Silence => {}
            Self::Flood => {
                for _ in 0..FLOOD {
                    if far.write_all(&[b'x'; 4096]).await.is_err() {
                        return;
                    }
                }
            }
        }
        let _ = copy(&mut far, &mut sink()).await;
    }
}
