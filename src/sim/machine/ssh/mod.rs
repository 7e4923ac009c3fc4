//! A machine's SSH server: the administrator by public key, people by Entra certificate, commands, a shell, SFTP,
//! and the gateway's port.

mod argv;
mod certificate;
mod config_file;
mod programs;
mod scripts;
mod session;
mod sftp;

use certificate::Entry;
pub use programs::run_as_root;
use session::Seat;

use std::{collections::HashMap, sync::Arc, time::Duration};

use russh::{
    Channel, ChannelId, MethodKind, MethodSet, Pty,
    keys::{
        Certificate, PrivateKey,
        ssh_key::{PublicKey, private::Ed25519Keypair},
    },
    server::{Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey, run_stream},
};
use tokio::io::DuplexStream;

use super::{
    disk::{GATEWAY_USER, TOKEN},
    gateway,
    hardware::Hardware,
};

const GATEWAY_PORT: u32 = 18789;

/// Hears what an impostor is given.
pub type Told = Arc<dyn Fn(&str) + Send + Sync>;

/// Hears, by the machine's name, every command and all input that callers send.
pub type Ear = Arc<dyn Fn(&str, &[u8]) + Send + Sync>;

/// Serves one connection until it ends. An impostor has another host key, lets everybody in, tells of it, and passes on
/// what it is given, as whoever stands between a caller and the machine would.
pub async fn serve(hardware: Arc<Hardware>, stream: DuplexStream, impostor: Option<Told>) {
    let key = match impostor {
        None => hardware.host_key.clone(),
        Some(_) => PrivateKey::from(Ed25519Keypair::from_seed(&rand::random())),
    };
    let config = Config {
        methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        keys: vec![key],
        // On loopback nobody guesses keys; real delays would only slow tests.
        auth_rejection_time: Duration::from_millis(10),
        auth_rejection_time_initial: Some(Duration::ZERO),
        inactivity_timeout: None,
        ..Config::default()
    };
    let connection = Connection {
        hardware,
        channels: HashMap::new(),
        terminals: Vec::new(),
        files: Vec::new(),
        user: String::new(),
        impostor,
    };
    if let Ok(running) = run_stream(Arc::new(config), stream, connection).await
        && let Err(error) = running.await
    {
        tracing::debug!(%error, "an SSH connection of the embedded cloud ended");
    }
}

struct Connection {
    hardware: Arc<Hardware>,
    /// Session channels that were opened and not put to work yet.
    channels: HashMap<ChannelId, Channel<Msg>>,
    /// Those that have a terminal.
    terminals: Vec<ChannelId>,
    /// Those that speak SFTP.
    files: Vec<ChannelId>,
    /// Who is signed in.
    user: String,
    impostor: Option<Told>,
}

impl Connection {
    /// Somebody signs in at an impostor.
    fn is_fooled(&self, user: &str) -> bool {
        self.impostor.as_ref().inspect(|told| told(&format!("{user} signs in"))).is_some()
    }

    fn hear(&self, bytes: &[u8]) {
        let ear = self.hardware.world.state().ear.clone();
        if let Some(ear) = ear {
            ear(&self.hardware.spec.name, bytes);
        }
    }

    fn authorized(&self, user: &str, key: &PublicKey) -> Auth {
        let spec = &self.hardware.spec;
        let known = spec.authorized_keys.iter().filter_map(|line| PublicKey::from_openssh(line.trim()).ok());
        let same = |known: PublicKey| known.key_data() == key.key_data();
        if user == spec.admin_user && known.into_iter().any(same) { Auth::Accept } else { Auth::reject() }
    }

    /// Who works where.
    fn at(&self) -> Seat {
        Seat { hardware: Arc::clone(&self.hardware), user: self.user.clone() }
    }

    /// Runs `work` until it ends or the machine is switched off.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let off = self.hardware.off();
        tokio::spawn(async move {
            tokio::select! {
                () = off.cancelled() => {}
                () = work => {}
            }
        });
    }
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        // An offer does not show the certificate around its key, so people may go on to the signature.
        let is_person = user != self.hardware.spec.admin_user || self.is_fooled(user);
        Ok(if is_person { Auth::Accept } else { self.authorized(user, offer.public_key) })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        self.user = user.to_owned();
        Ok(if self.is_fooled(user) { Auth::Accept } else { self.authorized(user, key.public_key) })
    }

    /// As Azure's login extension: who has no role there is hung up on (azure.md §6.7).
    async fn auth_openssh_certificate(&mut self, user: &str, certificate: &Certificate) -> Result<Auth, Self::Error> {
        self.user = user.to_owned();
        match certificate::check(&self.hardware, user, certificate) {
            _ if self.is_fooled(user) => Ok(Auth::Accept),
            Entry::LetIn => Ok(Auth::Accept),
            Entry::Refused => Ok(Auth::reject()),
            Entry::NoRole => Err(russh::Error::Disconnect),
        }
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        let token = self.hardware.disk.read(TOKEN, GATEWAY_USER);
        let local = matches!(host, "127.0.0.1" | "localhost") && port == GATEWAY_PORT;
        let (true, true, Ok(token)) = (local, self.hardware.is_gateway_up(), token) else {
            // Dropped unanswered, it is refused.
            return Ok(());
        };
        reply.accept().await;
        let hardware = Arc::clone(&self.hardware);
        let token = String::from_utf8_lossy(&token.bytes).into_owned();
        self.spawn(async move { gateway::serve(&hardware.gateway, &token, channel.into_stream()).await });
        Ok(())
    }

    async fn pty_request(
        &mut self,
        id: ChannelId,
        _: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.terminals.push(id);
        session.channel_success(id)
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        let Some(channel) = self.channels.remove(&id) else { return session.channel_failure(id) };
        session.channel_success(id)?;
        self.spawn(session::shell(self.at(), channel, self.terminals.contains(&id)));
        Ok(())
    }

    async fn exec_request(&mut self, id: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        let Some(channel) = self.channels.remove(&id) else { return session.channel_failure(id) };
        session.channel_success(id)?;
        self.hear(data);
        let line = String::from_utf8_lossy(data).into_owned();
        self.spawn(session::exec(self.at(), channel, line));
        Ok(())
    }

    /// What the channel's own reader gets too.
    async fn data(&mut self, _: ChannelId, data: &[u8], _: &mut Session) -> Result<(), Self::Error> {
        self.hear(data);
        Ok(())
    }

    async fn subsystem_request(&mut self, id: ChannelId, name: &str, session: &mut Session) -> Result<(), Self::Error> {
        let channel = (name == "sftp").then(|| self.channels.remove(&id)).flatten();
        let Some(channel) = channel else { return session.channel_failure(id) };
        session.channel_success(id)?;
        self.files.push(id);
        let files = sftp::Files::new(self.at());
        russh_sftp::server::run(channel.into_stream(), files).await;
        Ok(())
    }

    /// The SFTP server ends with its input, and well.
    async fn channel_eof(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        if self.files.contains(&id) {
            session.exit_status_request(id, 0)?;
            session.close(id)?;
        }
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.channels.remove(&id);
        self.terminals.retain(|terminal| *terminal != id);
        self.files.retain(|files| *files != id);
        Ok(())
    }
}
