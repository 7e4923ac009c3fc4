//! The embedded cloud without sockets, for callers in the same process: the same services, on the caller's own clock.

use std::io;

use bytes::Bytes;
use tokio::io::DuplexStream;

use super::{
    Sim,
    dispatch::{self, Outcome},
    door::Closed,
    hosts::{self, Host},
    https,
};

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
        let refused = |why: Closed| io::Error::new(io::ErrorKind::ConnectionRefused, why.to_string());
        let door = self.front.door(host, std::net::Ipv4Addr::LOCALHOST.into()).map_err(refused)?;
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(self.front.stop.clone().run_until_cancelled_owned(door.serve(far)));
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
