//! The machine's SSH server.

use std::{collections::HashMap, sync::Arc};

use russh::{
    Channel, ChannelId,
    keys::PublicKey,
    server::{Auth, Config, Handle, Handler, Msg, Session, run_stream},
};
use tokio_util::sync::CancellationToken;

use super::{
    Machine,
    exec::{self, Outcome},
    gateway, sftp,
};

/// Serves one connection until it ends.
pub async fn serve(machine: Arc<Machine>, stream: tokio::io::DuplexStream, on: CancellationToken) {
    let config = Config {
        keys: vec![machine.host_key.clone()],
        inactivity_timeout: None,
        auth_rejection_time: std::time::Duration::from_millis(50),
        auth_rejection_time_initial: Some(std::time::Duration::ZERO),
        ..Config::default()
    };
    let door = Door { machine, on, channels: HashMap::new() };
    if let Ok(session) = run_stream(Arc::new(config), stream, door).await {
        // A connection that breaks is the client's business.
        let _ = session.await;
    }
}

struct Door {
    machine: Arc<Machine>,
    on: CancellationToken,
    /// Opened and not yet put to use.
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Handler for Door {
    type Error = russh::Error;

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: russh::server::VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        let spec = &self.machine.spec;
        let known = spec.authorized_keys.iter().filter_map(|k| PublicKey::from_openssh(k.trim()).ok());
        let mut known = known.filter(|k| k.key_data() == key.public_key.key_data());
        Ok(if user == spec.admin_user && known.next().is_some() { Auth::Accept } else { Auth::reject() })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: russh::server::ChannelOpenHandle,
        _session: &mut Session,
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
        _from: &str,
        _from_port: u32,
        reply: russh::server::ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let loopback = ["127.0.0.1", "localhost", "::1"].contains(&host);
        if !loopback || port != 18789 || !self.machine.gateway.is_up() {
            reply.reject(russh::ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        }
        reply.accept().await;
        let (machine, on) = (self.machine.clone(), self.on.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = on.cancelled() => {}
                () = gateway::serve(&machine, channel.into_stream()) => {}
            }
        });
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(russh::Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }

    async fn exec_request(&mut self, id: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        let Some(channel) = self.channels.remove(&id) else { return session.channel_failure(id) };
        session.channel_success(id)?;
        let line = String::from_utf8_lossy(data).into_owned();
        let (machine, on, handle) = (self.machine.clone(), self.on.clone(), session.handle());
        tokio::spawn(async move {
            tokio::select! {
                () = on.cancelled() => {}
                () = execute(&machine, &line, channel, handle) => {}
            }
        });
        Ok(())
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        let Some(channel) = self.channels.remove(&id) else { return session.channel_failure(id) };
        session.channel_success(id)?;
        let (machine, handle) = (self.machine.clone(), session.handle());
        tokio::spawn(async move { shell(&machine, channel, handle).await });
        Ok(())
    }

    async fn subsystem_request(&mut self, id: ChannelId, name: &str, session: &mut Session) -> Result<(), Self::Error> {
        match (name, self.channels.remove(&id)) {
            ("sftp", Some(channel)) => {
                session.channel_success(id)?;
                russh_sftp::server::run(channel.into_stream(), sftp::Files::new(self.machine.clone())).await;
                Ok(())
            }
            _ => session.channel_failure(id),
        }
    }
}

/// Output, exit status, EOF, close: the order in which OpenSSH sends them.
async fn finish(handle: &Handle, id: ChannelId, code: u32) {
    let _ = handle.exit_status_request(id, code).await;
    let _ = handle.eof(id).await;
    let _ = handle.close(id).await;
}

async fn execute(machine: &Machine, line: &str, mut channel: Channel<Msg>, handle: Handle) {
    let id = channel.id();
    match exec::run(machine, line) {
        Outcome::Done { code, stdout, stderr } => {
            let _ = channel.data_bytes(stdout).await;
            if !stderr.is_empty() {
                let _ = channel.extended_data_bytes(1, stderr.into_bytes()).await;
            }
            finish(&handle, id, code).await;
        }
        Outcome::Follow { path, mut offset } => {
            let mut changes = machine.disk.changes();
            loop {
                let new = machine.disk.read_from(&path, offset).unwrap_or_default();
                offset += new.len();
                if !new.is_empty() && channel.data_bytes(new).await.is_err() {
                    return;
                }
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() { return },
                    message = channel.wait() => if matches!(message, None | Some(russh::ChannelMsg::Close)) { return },
                }
            }
        }
    }
}

/// A prompt, a line, its output; enough to look around.
async fn shell(machine: &Machine, mut channel: Channel<Msg>, handle: Handle) {
    let id = channel.id();
    let prompt = format!("{}@{}:~$ ", machine.spec.admin_user, machine.spec.name);
    let _ = channel.data_bytes(prompt.clone().into_bytes()).await;
    let mut line = String::new();
    while let Some(message) = channel.wait().await {
        let russh::ChannelMsg::Data { data } = message else { continue };
        for c in String::from_utf8_lossy(&data).chars() {
            let answer = match c {
                '\u{4}' => return finish(&handle, id, 0).await,
                '\r' | '\n' => {
                    let asked = std::mem::take(&mut line);
                    if let Some(code) = asked.trim().strip_prefix("exit") {
                        return finish(&handle, id, code.trim().parse().unwrap_or(0)).await;
                    }
                    let text = match exec::run(machine, &asked) {
                        Outcome::Done { stdout, stderr, .. } => String::from_utf8_lossy(&stdout).into_owned() + &stderr,
                        Outcome::Follow { path, offset } => {
                            String::from_utf8_lossy(&machine.disk.read_from(&path, offset).unwrap_or_default())
                                .into_owned()
                        }
                    };
                    format!("\r\n{}{prompt}", text.replace('\n', "\r\n"))
                }
                '\u{7f}' => line.pop().map_or(String::new(), |_| "\u{8} \u{8}".into()),
                c if c.is_control() => String::new(),
                c => {
                    line.push(c);
                    c.to_string()
                }
            };
            let _ = channel.data_bytes(answer.into_bytes()).await;
        }
    }
}
