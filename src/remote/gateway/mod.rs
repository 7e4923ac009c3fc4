//! OpenClaw's gateway protocol (WebSocket, protocol 4) over an SSH direct-tcpip channel to 127.0.0.1:18789.

mod call;
mod socket;

use secrecy::SecretString;
use serde_json::Value;
use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    time::{Duration, timeout},
};
use zeroize::Zeroizing;

pub use self::call::{GatewayError, GatewayEvent};
use self::{call::Call, socket::Socket};
use super::{
    connection::ChannelError,
    connections::Connections,
    error::{RemoteError, RemoteErrorKind as Kind},
    exec::{self, refused},
    values::Target,
};

const PORT: u16 = 18789;
/// Where `docs/machine.md` puts the token: tmpfs, readable by the gateway's user only.
const TOKEN: &str = "sudo -n -u openclaw cat /run/openclaw/secrets/gateway-token";
const TIMEOUT: Duration = Duration::from_secs(10);
const OPERATION: &str = "gateway";
/// Events a reader may lag behind before it loses the oldest.
const EVENTS: usize = 256;

/// An open session with a gateway. Cheap to clone; closes when the last clone is dropped.
#[derive(Clone)]
pub struct Gateway {
    calls: mpsc::Sender<Call>,
    events: broadcast::WeakSender<GatewayEvent>,
    ended: watch::Receiver<Option<String>>,
}

impl Gateway {
    /// One request, one answer within 10 s. Calls may overlap.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, GatewayError> {
        let (answer, answered) = oneshot::channel();
        let id = uuid::Uuid::new_v4().to_string();
        let call = Call { id, method: method.to_owned(), params, answer };
        let exchange = async {
            if self.calls.send(call).await.is_err() {
                return Err(GatewayError::Closed { reason: self.closed().await });
            }
            match answered.await {
                Ok(answer) => answer,
                Err(_) => Err(GatewayError::Closed { reason: self.closed().await }),
            }
        };
        timeout(TIMEOUT, exchange).await.unwrap_or_else(|_| Err(GatewayError::Timeout { method: method.to_owned() }))
    }

    /// Pushed events from now on. Ends with the session.
    pub fn events(&self) -> broadcast::Receiver<GatewayEvent> {
        match self.events.upgrade() {
            Some(events) => events.subscribe(),
            None => broadcast::channel(1).1,
        }
    }

    /// Resolves with the reason when the connection is gone.
    pub async fn closed(&self) -> String {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => "claw is ending".to_owned(),
        }
    }
}

/// Reads the token, opens the channel, shakes hands.
pub async fn open(connections: &Connections, target: &Target) -> Result<Gateway, RemoteError> {
    let token = token(connections, target).await?;
    let lease = connections.shared(target, OPERATION).await?;
    let channel = lease.direct_tcpip(PORT).await.map_err(|e| match e {
        ChannelError::Refused(why) => not_up(RemoteError::new(
            Kind::Protocol,
            OPERATION,
            target,
            format!("nothing answers on the machine's port {PORT} ({why})"),
        )),
        gone => refused(gone, target, OPERATION),
    })?;
    let socket = timeout(TIMEOUT, Socket::connect(channel.into_stream(), &token)).await;
    let failed = |message: String| RemoteError::new(Kind::Protocol, OPERATION, target, message);
    let socket = match socket {
        Ok(Ok(socket)) => socket,
        Ok(Err(error)) => return Err(not_up(failed(error.to_string()))),
        Err(_) => return Err(not_up(failed("the gateway did not answer within 10 s".to_owned()))),
    };

    let (calls, receiver) = mpsc::channel(32);
    let (events, _) = broadcast::channel(EVENTS);
    let (ended, has_ended) = watch::channel(None);
    let weak = events.downgrade();
    tokio::spawn(async move {
        socket.run(receiver, events, ended).await;
        drop(lease);
    });
    Ok(Gateway { calls, events: weak, ended: has_ended })
}

async fn token(connections: &Connections, target: &Target) -> Result<SecretString, RemoteError> {
    let output = exec::collect(connections, target, OPERATION, TOKEN, b"").await?;
    let stdout = Zeroizing::new(output.stdout);
    let failed = |message: String| not_up(RemoteError::new(Kind::Protocol, OPERATION, target, message));
    if output.code != 0 {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(failed(format!("the gateway's token can't be read (exit {}): {why}", output.code)));
    }
    match std::str::from_utf8(&stdout).map(str::trim) {
        Ok(token) if !token.is_empty() => Ok(SecretString::from(token)),
        _ => Err(failed("the gateway's token is empty".to_owned())),
    }
}

fn not_up(error: RemoteError) -> RemoteError {
    error.remedy("is the machine's bootstrap done, and its gateway running? See its log")
}
