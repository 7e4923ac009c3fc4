//! Somebody else's SSH server in a machine's place: another host key, and everybody is let in. What it is given is
//! noted among the requests that nobody should send.

use std::sync::Arc;

use russh::{
    Channel, ChannelId,
    keys::{Certificate, PrivateKey, ssh_key::private::Ed25519Keypair},
    server::{Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey, run_stream},
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::front::Front;

/// Serves one connection until it ends; `host` is where the caller wanted to go.
pub async fn serve<S>(front: Arc<Front>, host: String, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&rand::random()));
    let config = Config { keys: vec![key], inactivity_timeout: None, ..Config::default() };
    if let Ok(running) = run_stream(Arc::new(config), stream, Impostor { front, host }).await {
        // A caller who sees the other key hangs up.
        let _ = running.await;
    }
}

struct Impostor {
    front: Arc<Front>,
    host: String,
}

impl Impostor {
    fn note(&self, what: &str) {
        self.front.record_unknown(format!("an impostor at {}: somebody {what}", self.host));
    }

    fn welcome(&self, user: &str) -> Auth {
        self.note(&format!("signs in as {user}"));
        Auth::Accept
    }
}

impl Handler for Impostor {
    type Error = russh::Error;

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Self::Error> {
        Ok(self.welcome(user))
    }

    async fn auth_publickey_offered(&mut self, user: &str, _: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        Ok(self.welcome(user))
    }

    async fn auth_publickey(&mut self, user: &str, _: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.welcome(user))
    }

    async fn auth_openssh_certificate(&mut self, user: &str, _: &Certificate) -> Result<Auth, Self::Error> {
        Ok(self.welcome(user))
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(&mut self, id: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        self.note(&format!("runs {}", String::from_utf8_lossy(data)));
        session.channel_success(id)?;
        session.exit_status_request(id, 0)?;
        session.close(id)
    }

    async fn data(&mut self, _: ChannelId, data: &[u8], _: &mut Session) -> Result<(), Self::Error> {
        self.note(&format!("sends {}", String::from_utf8_lossy(data)));
        Ok(())
    }
}
