//! What the proxy, the dispatcher and `Sim` share beside the world.

use std::{path::PathBuf, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{
    cloud_file,
    faults::{self, Faults, Injected},
    machine::Told,
    resource_graph::ResourceGraph,
    world::World,
};

pub struct Front {
    pub world: Arc<World>,
    pub faults: Faults,
    pub resource_graph: ResourceGraph,
    /// Where unknown requests are noted as they happen, for tests of another process.
    pub unknown_log: PathBuf,
    /// Cancelled when the cloud stops.
    pub stop: CancellationToken,
}

impl Front {
    /// What hits a request, given as `METHOD host path`: the scenario's fault, or else one that is drawn.
    pub fn strike(&self, line: &str) -> Option<Injected> {
        let drawn = || self.world.chaos.strike(line).map(|kind| faults::injected(kind, None, line));
        self.faults.take(line).or_else(drawn)
    }

    /// Hears what somebody gives to an impostor in a machine's place: nobody should.
    pub fn fooled(self: &Arc<Self>, host: &str) -> Told {
        let (front, host) = (Arc::clone(self), host.to_owned());
        Arc::new(move |what| front.record_unknown(format!("an impostor at {host}: {what}")))
    }

    /// Notes a request that nobody understood, e.g. `GET management.azure.com/…`, or that went to an impostor.
    pub fn record_unknown(&self, line: String) {
        tracing::warn!(request = %line, "the embedded cloud does not know this request");
        if let Err(error) = cloud_file::append_private(&self.unknown_log, &line) {
            tracing::warn!(%error, path = %self.unknown_log.display(), "can't note it");
        }
        self.world.state().unknown.push(line);
    }
}
