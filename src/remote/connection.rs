//! One authenticated SSH connection to one machine, shared by everybody who needs that machine.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use russh::{
    Channel, Preferred,
    client::{self, Config, Handle, Msg},
    kex,
    keys::{Algorithm, HashAlg, PublicKey, PublicKeyOrCertificate},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    auth::{Auth, AuthFailure, Way},
    dial::Dialled,
    stream::Cuttable,
    trips::{RoundTrips, Trips},
    values::Identity,
};

/// Half of OpenSSH's `MaxSessions` (10 unless configured otherwise): sshd frees a session only after it has read all
/// that has arrived, so five that just closed and the five that follow them may count at the same time.
const SESSIONS: usize = 5;
/// After so long without a byte the machine is asked whether it is there, and after two such silences given up. A gateway
/// ticks every 30 s: a machine whose gateway is listened to is never asked.
const KEEPALIVE: Duration = Duration::from_secs(35);
/// How long a machine may take to open a channel on a live connection.
const OPEN_TIMEOUT: Duration = Duration::from_secs(8);

/// Why a connection did not come to be.
#[derive(Debug)]
pub enum ConnectError {
    /// SHA256 fingerprint of the key the machine offered, or what it offered instead of an ed25519 key.
    WrongKey(String),
    /// Sentences about what was tried, and whether key files are left to try on another connection.
    Rejected {
        said: Vec<String>,
        files_left: bool,
    },
    Ssh(russh::Error),
}

/// Why a channel did not come to be.
#[derive(Debug)]
pub enum ChannelError {
    /// The connection is gone; nothing was sent to the machine's shell.
    Gone(String),
    /// The machine said no.
    Refused(String),
}

pub struct Connection {
    handle: Handle<Client>,
    sessions: Arc<Semaphore>,
    users: AtomicUsize,
    host_key: PublicKey,
    identity: Identity,
    trips: Trips,
    /// Cancelled when the session has ended, and ends it when cancelled.
    cut: CancellationToken,
    _cut_on_drop: DropGuard,
}

impl Connection {
    /// SSH handshake, host key check and authentication on a fresh stream; without a pinned key, any ed25519 key
    /// is taken. `permit` is given back when the session's last byte is done, not earlier.
    pub async fn open(
        stream: Dialled,
        pinned: Option<PublicKey>,
        auth: &Auth,
        way: &Way,
        permit: OwnedSemaphorePermit,
    ) -> Result<Self, ConnectError> {
        let begun = Instant::now();
        let cut = CancellationToken::new();
        let cut_on_drop = cut.clone().drop_guard();
        let shown = Arc::new(OnceLock::new());
        let client = Client { pinned, shown: Arc::clone(&shown), gone: cut.clone(), _permit: permit };
        let stream = Cuttable::new(stream, cut.clone());
        let mut handle = client::connect_stream(config(), stream, client).await.map_err(|e| match e {
            ClientError::WrongKey(offered) => ConnectError::WrongKey(offered),
            ClientError::Ssh(russh::Error::NoCommonAlgo { kind: russh::AlgorithmKind::Key, theirs, .. }) => {
                ConnectError::WrongKey(format!("no ed25519 key, only {}", theirs.join(", ")))
            }
            ClientError::Ssh(e) => ConnectError::Ssh(e),
        })?;
        let host_key = shown.get().cloned().ok_or(ConnectError::Ssh(russh::Error::KexInit))?;
        let identity = auth.sign_in(&mut handle, way).await.map_err(|e| match e {
            AuthFailure::Rejected(said) => ConnectError::Rejected { said, files_left: false },
            AuthFailure::HungUp { said, files_left } => ConnectError::Rejected { said, files_left },
            AuthFailure::Connection(e) => ConnectError::Ssh(e),
        })?;
        let sessions = Arc::new(Semaphore::new(SESSIONS));
        let users = AtomicUsize::new(0);
        let trips = Trips::new(begun.elapsed());
        Ok(Self { handle, sessions, users, host_key, identity, trips, cut, _cut_on_drop: cut_on_drop })
    }

    /// The machine's key: the pinned one, or the one it showed when none was pinned.
    pub fn host_key(&self) -> &PublicKey {
        &self.host_key
    }

    /// As whom and with what we are signed in.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// How quickly the machine answers on it.
    pub fn trips(&self) -> Option<RoundTrips> {
        self.trips.summary()
    }

    pub fn is_closed(&self) -> bool {
        self.handle.is_closed() || self.cut.is_cancelled()
    }

    /// Resolves when the connection is gone.
    pub async fn gone(&self) {
        self.cut.cancelled().await;
    }

    pub fn is_idle(&self) -> bool {
        self.users.load(Ordering::Acquire) == 0
    }

    pub fn enter(&self) {
        self.users.fetch_add(1, Ordering::AcqRel);
    }

    pub fn leave(&self) {
        self.users.fetch_sub(1, Ordering::AcqRel);
    }

    /// A channel for a command or a subsystem; waits while too many are open. The permit goes with the channel.
    pub async fn session(&self) -> Result<(Channel<Msg>, OwnedSemaphorePermit), ChannelError> {
        let slot = Arc::clone(&self.sessions).acquire_owned().await.map_err(|e| ChannelError::Gone(e.to_string()))?;
        Ok((self.opened(self.handle.channel_open_session()).await?, slot))
    }

    /// A TCP connection from the machine to a port on its own loopback address (RFC 4254 §7.2).
    pub async fn direct_tcpip(&self, port: u16) -> Result<Channel<Msg>, ChannelError> {
        self.opened(self.handle.channel_open_direct_tcpip("127.0.0.1", u32::from(port), "127.0.0.1", 0)).await
    }

    async fn opened(
        &self,
        opening: impl Future<Output = Result<Channel<Msg>, russh::Error>>,
    ) -> Result<Channel<Msg>, ChannelError> {
        let asked = Instant::now();
        match timeout(OPEN_TIMEOUT, opening).await {
            Ok(Ok(channel)) => {
                self.trips.add(asked.elapsed());
                Ok(channel)
            }
            Ok(Err(russh::Error::ChannelOpenFailure(why))) => Err(ChannelError::Refused(format!("{why:?}"))),
            Ok(Err(error)) => Err(self.give_up(error.to_string())),
            Err(_) => Err(self.give_up("the machine does not answer any more".to_owned())),
        }
    }

    fn give_up(&self, why: String) -> ChannelError {
        self.cut.cancel();
        ChannelError::Gone(why)
    }
}

/// russh's side of a session: holds the pinned key, and the permit for as long as the session's task lives.
struct Client {
    pinned: Option<PublicKey>,
    shown: Arc<OnceLock<PublicKey>>,
    gone: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.gone.cancel();
    }
}

#[derive(Debug, thiserror::Error)]
enum ClientError {
    #[error("the host key is not the pinned one: {0}")]
    WrongKey(String),
    #[error(transparent)]
    Ssh(#[from] russh::Error),
}

impl client::Handler for Client {
    type Error = ClientError;

    async fn check_server_key(&mut self, offered: &PublicKeyOrCertificate) -> Result<bool, ClientError> {
        match offered {
            PublicKeyOrCertificate::PublicKey { key, .. }
                if self.pinned.as_ref().is_none_or(|pinned| key.key_data() == pinned.key_data()) =>
            {
                // A later key exchange must show the same key again.
                Ok(self.shown.get_or_init(|| key.clone()).key_data() == key.key_data())
            }
            other => Err(ClientError::WrongKey(other.public_key().fingerprint(HashAlg::Sha256).to_string())),
        }
    }
}

fn config() -> Arc<Config> {
    let preferred = Preferred {
        key: [Algorithm::Ed25519].as_slice().to_vec().into(),
        // curve25519 first: the post-quantum hybrid costs a fleet's worth of handshakes more than it protects here.
        kex: vec![
            kex::CURVE25519,
            kex::CURVE25519_PRE_RFC_8731,
            kex::MLKEM768X25519_SHA256,
            kex::DH_GEX_SHA256,
            kex::DH_G16_SHA512,
            kex::DH_G14_SHA256,
            kex::EXTENSION_SUPPORT_AS_CLIENT,
            kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
        ]
        .into(),
        ..Preferred::DEFAULT
    };
    Arc::new(Config {
        client_id: russh::SshId::Standard(concat!("SSH-2.0-claw_", env!("CARGO_PKG_VERSION")).into()),
        preferred,
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: 1,
        nodelay: true,
        ..Config::default()
    })
}
