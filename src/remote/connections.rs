//! The connections of a whole fleet: shared, bounded, replaced when they drop, and patient with dead machines.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicUsize},
};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{Duration, Instant, sleep},
};

use super::{
    backoff::Backoff,
    connect::{Connector, Permits},
    connection::Connection,
    descriptors,
    error::{RemoteError, RemoteErrorKind as Kind},
    trips::RoundTrips,
    values::{Identity, RemoteSettings, Target},
    waiting::Waiting,
};
use crate::fleet::instance::Door;

pub struct Connections {
    connector: Connector,
    limit: usize,
    permits: Arc<Semaphore>,
    /// Told whenever a connection falls idle, for those who wait for a permit.
    idle: Arc<Notify>,
    machines: Mutex<HashMap<Key, Arc<Machine>>>,
    /// Bytes of followed files that wait for their readers.
    held: Arc<AtomicUsize>,
}

/// What makes two targets share a connection. A new pin or address is a new machine to us.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    machine: String,
    user: String,
    address: String,
    host_key: Option<String>,
}

/// Locked while a connection is being made, so that there is one attempt at a time.
#[derive(Default)]
struct Machine {
    slot: tokio::sync::Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    live: Option<Arc<Connection>>,
    /// When `live` was last handed out.
    used: Option<Instant>,
    backoff: Backoff,
    failure: Option<Failure>,
}

/// The last attempt's failure answers for others until `until`; a wrong host key answers for ever.
struct Failure {
    error: RemoteError,
    at: Instant,
    until: Option<Instant>,
}

/// The use of a connection; it is not evicted while somebody holds one.
pub struct Lease {
    connection: Arc<Connection>,
    idle: Arc<Notify>,
}

impl Lease {
    fn new(connection: Arc<Connection>, idle: &Arc<Notify>) -> Self {
        connection.enter();
        Self { connection, idle: Arc::clone(idle) }
    }
}

impl std::ops::Deref for Lease {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.connection.leave();
        self.idle.notify_waiters();
    }
}

impl Connections {
    pub fn new(settings: RemoteSettings) -> Self {
        let limit = settings.limit.min(descriptors::room()).max(1);
        let permits = Arc::new(Semaphore::new(limit));
        Self {
            connector: Connector::new(settings),
            limit,
            permits,
            idle: Arc::default(),
            machines: Mutex::default(),
            held: Arc::default(),
        }
    }

    /// The first way of signing in that there is.
    pub async fn identity(&self, login: &str) -> Result<Identity, Vec<String>> {
        self.connector.identity(login).await
    }

    /// For the lines of one more file.
    pub fn waiting(&self) -> Waiting {
        Waiting::new(Arc::clone(&self.held))
    }

    /// Connections open or being opened.
    pub fn open(&self) -> usize {
        self.limit - self.permits.available_permits()
    }

    /// How quickly each machine with a shared connection answers on it, where that was measured.
    pub fn trips(&self) -> Vec<(String, RoundTrips)> {
        let machines: Vec<_> =
            self.lock().iter().map(|(key, machine)| (key.machine.clone(), machine.clone())).collect();
        let trips = |machine: &Machine| machine.slot.try_lock().ok()?.live.as_ref()?.trips();
        machines.into_iter().filter_map(|(name, machine)| Some((name, trips(&machine)?))).collect()
    }

    /// The machine's connection, made if there is none. Waits while `limit` others are all in use.
    pub async fn shared(&self, target: &Target, operation: &str) -> Result<Lease, RemoteError> {
        let arrived = Instant::now();
        let machine = self.machine(target);
        let mut slot = machine.slot.lock().await;
        if let Some(live) = slot.live.take_if(|live| !live.is_closed()) {
            slot.used = Some(Instant::now());
            let lease = Lease::new(Arc::clone(&live), &self.idle);
            slot.live = Some(live);
            return Ok(lease);
        }
        slot.live = None;
        let live = Arc::new(self.attempt(target, operation, &mut slot, arrived).await?);
        slot.used = Some(Instant::now());
        slot.live = Some(Arc::clone(&live));
        Ok(Lease::new(live, &self.idle))
    }

    /// A connection of the caller's own, for output that a slow reader may hold up.
    pub async fn private(&self, target: &Target, operation: &str) -> Result<Lease, RemoteError> {
        let arrived = Instant::now();
        let machine = self.machine(target);
        let mut slot = machine.slot.lock().await;
        let connection = self.attempt(target, operation, &mut slot, arrived).await?;
        Ok(Lease::new(Arc::new(connection), &self.idle))
    }

    /// How long this machine's last failure still answers for new attempts.
    pub async fn hold_off(&self, target: &Target) -> Duration {
        let machine = self.machine(target);
        let slot = machine.slot.lock().await;
        let until = slot.failure.as_ref().and_then(|failure| failure.until);
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    async fn attempt(
        &self,
        target: &Target,
        operation: &str,
        slot: &mut Slot,
        arrived: Instant,
    ) -> Result<Connection, RemoteError> {
        if let Some(failure) = &slot.failure {
            // Who waited for the attempt that failed shares its answer, however late they get to ask.
            let answers = failure.until.is_none_or(|until| Instant::now() < until) || failure.at >= arrived;
            if answers {
                return Err(failure.error.clone().during(operation));
            }
        }
        let connected = self.connector.connect(self, target, operation).await;
        match &connected {
            Ok(_) => {
                slot.failure = None;
                slot.backoff.reset();
            }
            Err(error) => {
                let at = Instant::now();
                let wait = slot.backoff.fail();
                let until = (error.kind != Kind::HostKeyMismatch).then(|| at + wait);
                slot.failure = Some(Failure { error: error.clone(), at, until });
            }
        }
        connected
    }

    /// Closes the connection that has been idle for longest; false when every one is in use.
    fn evict(&self) -> bool {
        let machines: Vec<_> = self.lock().values().cloned().collect();
        let oldest = machines
            .iter()
            .filter_map(|machine| machine.slot.try_lock().ok())
            .filter(|slot| slot.live.as_ref().is_some_and(|live| live.is_idle()))
            .min_by_key(|slot| slot.used);
        oldest.is_some_and(|mut slot| slot.live.take().is_some())
    }

    fn machine(&self, target: &Target) -> Arc<Machine> {
        let Door::Ssh { address, host_key } = &target.door;
        let key = Key {
            machine: target.machine.clone(),
            user: target.user.clone(),
            address: address.clone(),
            host_key: host_key.clone(),
        };
        Arc::clone(self.lock().entry(key).or_default())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<Machine>>> {
        self.machines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permits for Connections {
    fn at_once(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).try_acquire_owned().ok()
    }

    /// Waits for a permit; an idle connection makes room for whoever waits.
    async fn wait(&self) -> Result<OwnedSemaphorePermit, String> {
        loop {
            let idle = self.idle.notified();
            tokio::pin!(idle);
            idle.as_mut().enable();
            let evicted = self.evict();
            tokio::select! {
                permit = Arc::clone(&self.permits).acquire_owned() => return permit.map_err(|e| e.to_string()),
                () = &mut idle, if !evicted => {}
                () = sleep(Duration::from_secs(1)), if evicted => {}
            }
        }
    }
}
