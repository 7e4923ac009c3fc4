//! The embedded cloud without sockets, for callers in the same process: the same services, on the caller's own clock.

use std::io;

use bytes::Bytes;
use tokio::io::{AsyncWriteExt, DuplexStream};

use super::{
    Sim,
    dispatch::{self, Outcome},
    faults::Injected,
    hosts::{self, Host},
    https, inbound,
};

/// Blocks of 4 KiB that a flooding machine sends; with no end, a clock that stands still while somebody is busy never
/// would go on.
const FLOOD: usize = 4096;

/// What a caller gets to see.
pub enum Seen {
    Answer(http::Response<Bytes>),
    /// The connection broke in the middle of this body.
    Torn(http::Response<Bytes>),
    /// No connection, or none any more.
    Cut,
    /// Nothing, for as long as one cares to wait.
    Silence,
}

impl Sim {
    /// Answers a request to one of the embedded hosts.
    pub async fn answer(&self, request: http::Request<Bytes>) -> Seen {
        let (parts, body) = request.into_parts();
        let request = https::understand(parts, body);
        if hosts::find(&self.front.world, &request.host) == Host::Missing {
            return Seen::Cut;
        }
        match dispatch::dispatch(&self.front, &request).await {
            Outcome::Answer(response) => Seen::Answer(https::write(response)),
            Outcome::Torn(response) => Seen::Torn(https::write(response)),
            Outcome::Cut => Seen::Cut,
            Outcome::Silence => Seen::Silence,
        }
    }

    /// Connects to port 22 at a public address or DNS name, as a caller on the internet would.
    pub fn connect(&self, host: &str) -> io::Result<DuplexStream> {
        let world = &self.front.world;
        let line = format!("CONNECT {host}:22");
        world.state().requests.push(line.clone());
        let refused = |why: &str| io::Error::new(io::ErrorKind::ConnectionRefused, why.to_owned());
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        match self.front.strike(&line) {
            strike @ (None | Some(Injected::Impostor)) => {
                let from = world.scenario.address_of(std::net::Ipv4Addr::LOCALHOST.into());
                let machine = inbound::machine_at(world, host, from).map_err(|e| refused(&e.to_string()))?;
                let told = strike.map(|_| self.front.fooled(host));
                tokio::spawn(
                    self.front.stop.clone().run_until_cancelled_owned(async move { machine.serve(far, told).await }),
                );
            }
            // Whoever answers there has no end, and speaks no SSH.
            Some(Injected::After(_)) => {
                tokio::spawn(self.front.stop.clone().run_until_cancelled_owned(async move {
                    for _ in 0..FLOOD {
                        let _ = far.write_all(&[b'x'; 4096]).await;
                    }
                    std::future::pending::<()>().await;
                }));
            }
            Some(Injected::Silence) => {
                tokio::spawn(self.front.stop.clone().run_until_cancelled_owned(async move {
                    std::future::pending::<()>().await;
                    drop(far);
                }));
            }
            Some(_) => return Err(refused("connection reset by a fault")),
        }
        Ok(near)
    }

    /// No more drawn faults from here on.
    pub fn calm(&self) {
        self.front.world.chaos.calm();
    }

    /// How often each kind of drawn fault struck, by its name.
    pub fn struck(&self) -> Vec<(String, usize)> {
        self.front.world.chaos.struck().into_iter().map(|(kind, times)| (format!("{kind:?}"), times)).collect()
    }
}
