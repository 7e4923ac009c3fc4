//! From an address to a connection that somebody is signed in on.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use russh::keys::{HashAlg, PublicKey};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout_at},
};

use super::{
    auth::{Auth, Way},
    connection::{ConnectError, Connection},
    dial::{DialError, Dialled, dial, greeted, shown},
    error::{RemoteError, RemoteErrorKind as Kind},
    host_keys,
    values::{Identity, RemoteSettings, Target},
};
use crate::fleet::instance::Door;

/// Where the permission to keep a connection open comes from.
pub trait Permits {
    fn at_once(&self) -> Option<OwnedSemaphorePermit>;
    fn wait(&self) -> impl Future<Output = Result<OwnedSemaphorePermit, String>> + Send;
}

pub struct Connector {
    settings: RemoteSettings,
    auth: Auth,
    /// Keys taken without a pin, by machine and address.
    accepted: Mutex<HashMap<(String, String), PublicKey>>,
}

impl Connector {
    pub fn new(settings: RemoteSettings) -> Self {
        Self { auth: Auth::new(&settings), settings, accepted: Mutex::default() }
    }

    /// The first way of signing in that there is; of the agent's keys none is singled out.
    pub async fn identity(&self, login: &str) -> Result<Identity, Vec<String>> {
        let (ways, said) = self.auth.ways(login).await;
        ways.into_iter().find_map(|way| way.identity()).ok_or(said)
    }

    /// Tries each way of signing in on a connection of its own, until one is good.
    pub async fn connect<P: Permits + Sync>(
        &self,
        permits: &P,
        target: &Target,
        operation: &str,
    ) -> Result<Connection, RemoteError> {
        let pinned = self.pinned(target, operation)?;
        let (ways, mut said) = self.auth.ways(&target.user).await;
        let mut ways = VecDeque::from(ways);
        let mut kind = Kind::Auth;
        if ways.is_empty() {
            return Err(RemoteError::listing(Kind::Auth, operation, target, "there is nothing to sign in with", &said)
                .remedy("run `az login`, start an SSH agent, or name a private key that the machine knows"));
        }
        while let Some(way) = ways.pop_front() {
            match self.attempt(permits, target, operation, pinned.clone(), &way).await? {
                Ok(connection) => {
                    if pinned.is_none() {
                        self.lock().insert(place(target), connection.host_key().clone());
                    }
                    return Ok(connection);
                }
                Err((words, files_left)) => {
                    said.extend(words);
                    if matches!(way, Way::Certificate(_)) {
                        kind = Kind::NotLetIn;
                    }
                    if let (true, Way::Keys { login, files, .. }) = (files_left, way) {
                        ways.push_front(Way::Keys { login, agent: false, files });
                    }
                }
            }
        }
        Err(RemoteError::listing(kind, operation, target, "nobody can sign in", &said)
            .remedy("use the account that this machine's login role is given to, or the private key it was made with"))
    }

    /// The key to expect; `None` when whatever the machine shows will be taken.
    fn pinned(&self, target: &Target, operation: &str) -> Result<Option<PublicKey>, RemoteError> {
        let Door::Ssh { host_key, .. } = &target.door;
        let remedy = "run `claw up`: it reads the key from the machine's serial console and pins it";
        let fail = |message| RemoteError::new(Kind::HostKeyUnknown, operation, target, message);
        match host_key {
            Some(tag) => host_keys::pinned(tag)
                .map(Some)
                .ok_or_else(|| fail("its tag claw-host-key holds no ed25519 key, so nobody connects").remedy(remedy)),
            None if self.settings.accept_new_host_keys => Ok(self.lock().get(&place(target)).cloned()),
            None => Err(fail("its host key is not known yet, so nobody connects")
                .remedy(format!("{remedy} (or take the key that it shows: --accept-new-host-key)"))),
        }
    }

    /// One connection and one way. The inner error: the machine said no to it.
    async fn attempt<P: Permits + Sync>(
        &self,
        permits: &P,
        target: &Target,
        operation: &str,
        pinned: Option<PublicKey>,
        way: &Way,
    ) -> Result<Result<Connection, (Vec<String>, bool)>, RemoteError> {
        let Door::Ssh { address, .. } = &target.door;
        let fail = |kind, message: String| RemoteError::new(kind, operation, target, message);
        let late = || {
            let through =
                self.settings.proxy.as_ref().map(|p| format!(" through the proxy {}", shown(p))).unwrap_or_default();
            let within = humantime::format_duration(self.settings.connect_timeout);
            fail(Kind::Unreachable, format!("no answer from {address}{through} within {within}"))
                .remedy("is the machine running, and does its network let this address in?")
        };
        let unreachable = |e: DialError| fail(Kind::Unreachable, e.to_string());
        let dialled = |deadline| timeout_at(deadline, self.dial(address));

        // A dead machine must not hold a permit that a live one could use: knock first, ask for a permit then.
        let mut deadline = Instant::now() + self.settings.connect_timeout;
        let mut stream = dialled(deadline).await.map_err(|_| late())?.map_err(unreachable)?;
        let permit = match permits.at_once() {
            Some(permit) => permit,
            None => {
                drop(stream);
                let permit = permits.wait().await.map_err(|e| fail(Kind::Protocol, e))?;
                deadline = Instant::now() + self.settings.connect_timeout;
                stream = dialled(deadline).await.map_err(|_| late())?.map_err(unreachable)?;
                permit
            }
        };
        let expected = pinned.as_ref().map(|key| key.fingerprint(HashAlg::Sha256).to_string());
        match timeout_at(deadline, Connection::open(stream, pinned, &self.auth, way, permit)).await {
            Ok(Ok(connection)) => Ok(Ok(connection)),
            Ok(Err(ConnectError::WrongKey(offered))) => {
                let expected = expected.unwrap_or_else(|| "an ed25519 key".to_owned());
                let message =
                    format!("it shows another host key than the pinned one: expected {expected}, got {offered}");
                Err(fail(Kind::HostKeyMismatch, message).remedy(
                    "somebody may be between you and the machine. If it was rebuilt, run `claw up` to read its key \
                     from the serial console again",
                ))
            }
            Ok(Err(ConnectError::Rejected { said, files_left })) => Ok(Err((said, files_left))),
            Ok(Err(ConnectError::Ssh(e))) => Err(fail(Kind::Unreachable, format!("{address}: SSH failed: {e}"))),
            Err(_) => Err(late()),
        }
    }

    async fn dial(&self, address: &str) -> Result<Dialled, DialError> {
        match &self.settings.direct {
            None => dial(self.settings.proxy.as_ref(), address).await,
            Some(line) => greeted(line.connect(address).await, address).await,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), PublicKey>> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(target: &Target) -> (String, String) {
    let Door::Ssh { address, .. } = &target.door;
    (target.machine.clone(), address.clone())
}
