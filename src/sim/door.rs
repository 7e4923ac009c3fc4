//! Who answers at a machine's port 22: the machine, or what a fault puts in its place.

use std::{net::IpAddr, sync::Arc};

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, copy, sink};

use super::{
    faults::{Injected, Spoil},
    front::Front,
    inbound::{self, Refusal},
    machine::{Machine, Told},
    met::BROKEN,
    tunnel::{BUFFER, endless},
};

/// Blocks of 4 KiB that a flooding machine sends; with no end, a clock that stands still while somebody is busy never
/// would go on.
const FLOOD: usize = 4096;
/// Bytes that a machine says before its connection breaks in the middle: its side of a handshake is some two thousand.
const MIDDLE: std::ops::Range<u64> = 256..3500;

pub enum Door {
    /// Somebody else's server where there is one to be told.
    Machine(Arc<Machine>, Option<Told>),
    /// The machine, until it has said so many bytes.
    Until(Arc<Machine>, u64, Spoil),
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
        let times = {
            let mut state = self.world.state();
            state.requests.push(line.clone());
            state.requests.iter().filter(|other| **other == line).count() as u64
        };
        let machine = || inbound::machine_at(&self.world, host, self.world.scenario.address_of(from));
        let told = match self.strike(&line) {
            None => None,
            Some(Injected::Impostor) => Some(self.fooled(host)),
            // Somewhere else each time.
            Some(Injected::Later(spoil)) => {
                let after = self.world.chaos.place(&line, times, MIDDLE);
                return Ok(Door::Until(machine()?, after, spoil));
            }
            Some(Injected::Silence) => return Ok(Door::Silence),
            Some(Injected::After(_)) => return Ok(Door::Flood),
            Some(Injected::Cut | Injected::Answer(_)) => return Err(Closed::Fault),
        };
        Ok(Door::Machine(machine()?, told))
    }
}

impl Door {
    /// Until the caller hangs up.
    pub async fn serve(self, mut far: DuplexStream) {
        match self {
            Self::Machine(machine, told) => return machine.serve(far, told).await,
            Self::Until(machine, after, spoil) => {
                until(&machine, after, &mut far).await;
                if spoil == Spoil::Cut {
                    return;
                }
            }
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

/// Carries what both say until the machine has said so many bytes, or hangs up.
async fn until(machine: &Arc<Machine>, after: u64, caller: &mut DuplexStream) {
    let (near, far) = tokio::io::duplex(BUFFER);
    let (mut from_caller, mut to_caller) = tokio::io::split(caller);
    let (from_machine, mut to_machine) = tokio::io::split(near);
    let mut from_machine = from_machine.take(after);
    let up = async {
        let _ = copy(&mut from_caller, &mut to_machine).await;
        let _ = to_machine.shutdown().await;
    };
    // In this order, so that the same day goes the same way.
    tokio::select! {
        biased;
        _ = copy(&mut from_machine, &mut to_caller) => {}
        () = endless(up) => {}
        () = endless(machine.serve(far, None)) => {}
    }
    if from_machine.limit() == 0 {
        machine.world().state().meet(BROKEN);
    }
}
