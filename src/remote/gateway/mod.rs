//! A machine's gateway: its WebSocket (protocol 4) over an SSH direct-tcpip channel to 127.0.0.1:18789, or, where the
//! machine forwards no ports, OpenClaw's command line there. Callers see one interface.

mod call;
mod command_line;
mod socket;

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{broadcast, mpsc, oneshot, watch},
    time::{Duration, timeout},
};
use zeroize::Zeroizing;

pub use self::call::{GatewayError, GatewayEvent};
use self::{call::Call, command_line::CommandLine, socket::Socket};
use super::{
    connection::ChannelError,
    connections::Connections,
    error::{RemoteError, RemoteErrorKind as Kind},
    exec::{self, refused},
    values::Target,
};

pub const PORT: u16 = 18789;
/// Where `docs/machine.md` puts the token: tmpfs, readable by the gateway's user only.
const TOKEN: &str = "sudo -n -u openclaw cat /run/openclaw/secrets/gateway-token";
const TIMEOUT: Duration = Duration::from_secs(10);
const OPERATION: &str = "gateway";
/// As the connection names RFC 4254's `SSH_OPEN_ADMINISTRATIVELY_PROHIBITED`.
const PROHIBITED: &str = "AdministrativelyProhibited";
/// Events a reader may lag behind before it loses the oldest. Their places are made at once, for each machine: a
/// thousand machines have a thousand times as many.
const EVENTS: usize = 16;

/// For `remote::fuzz`.
pub(super) use self::socket::{KEPT, MESSAGE, hear};

/// For `remote::fuzz`: how an upgrade ends that a gateway answers with this.
pub(super) async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> Option<GatewayError> {
    Socket::connect(stream, &SecretString::from("MARKER-5ecret")).await.err()
}

/// For `remote::fuzz`: a message, read as far as claw reads it.
pub(super) fn read_any(text: &str) {
    if let Some(call::Frame::Answer(answer)) = call::parse(text) {
        let _ = answer.result.into_result("call".to_owned());
    }
}

/// For `remote::fuzz`: why the command line's answer is none.
pub(super) fn refusal_of(output: &super::values::Output) -> Option<String> {
    command_line::read("call", output).err().map(|error| error.to_string())
}

/// A way to a gateway. Cheap to clone; a session closes when the last clone is dropped.
#[derive(Clone)]
pub struct Gateway {
    way: Way,
}

#[derive(Clone)]
enum Way {
    Session(Session),
    CommandLine(Arc<CommandLine>),
}

/// An open WebSocket.
#[derive(Clone)]
struct Session {
    calls: mpsc::Sender<Call>,
    events: broadcast::WeakSender<GatewayEvent>,
    ended: watch::Receiver<Option<String>>,
    version: Option<String>,
}

impl Gateway {
    /// One request, one answer within 10 s (60 s by the command line). Calls may overlap.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, GatewayError> {
        match &self.way {
            Way::Session(session) => session.call(method, params).await,
            Way::CommandLine(commands) => commands.call(method, &params).await,
        }
    }

    /// Whether it pushes events; who listens to one that doesn't has to ask again from time to time.
    pub fn pushes(&self) -> bool {
        matches!(self.way, Way::Session(_))
    }

    /// OpenClaw's version as the gateway's hello had it; the command line says none.
    pub fn version(&self) -> Option<&str> {
        match &self.way {
            Way::Session(session) => session.version.as_deref(),
            Way::CommandLine(_) => None,
        }
    }

    /// Pushed events from now on. Ends with the session; at once where nothing is pushed.
    pub fn events(&self) -> broadcast::Receiver<GatewayEvent> {
        match &self.way {
            Way::Session(Session { events, .. }) => events.upgrade().map(|events| events.subscribe()),
            Way::CommandLine(_) => None,
        }
        .unwrap_or_else(|| broadcast::channel(1).1)
    }

    /// Resolves with the reason when the connection is gone; the command line has none that could go.
    pub async fn closed(&self) -> String {
        match &self.way {
            Way::Session(session) => session.closed().await,
            Way::CommandLine(_) => std::future::pending().await,
        }
    }
}

impl Session {
    async fn call(&self, method: &str, params: Value) -> Result<Value, GatewayError> {
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
        let answer = timeout(TIMEOUT, exchange).await;
        answer.unwrap_or_else(|_| Err(GatewayError::Timeout { method: method.to_owned(), seconds: TIMEOUT.as_secs() }))
    }

    async fn closed(&self) -> String {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => "claw is ending".to_owned(),
        }
    }
}

/// Reads the token, opens the channel, shakes hands. A machine that forwards no ports is asked by its command line.
pub async fn open(connections: &Arc<Connections>, target: &Target, port: u16) -> Result<Gateway, RemoteError> {
    let token = token(connections, target).await?;
    let lease = connections.shared(target, OPERATION).await?;
    let channel = match lease.direct_tcpip(port).await {
        Ok(channel) => channel,
        // RFC 4254 §5.1: the server's policy says no; whether the gateway is up is not known yet.
        Err(ChannelError::Refused(why)) if why == PROHIBITED => {
            let commands = Arc::new(CommandLine::new(Arc::clone(connections), target.clone()));
            return Ok(Gateway { way: Way::CommandLine(commands) });
        }
        Err(ChannelError::Refused(why)) => {
            let message = format!("nothing answers on the machine's port {port} ({why})");
            return Err(not_up(RemoteError::new(Kind::Protocol, OPERATION, target, message)));
        }
        Err(gone) => return Err(refused(gone, target, OPERATION)),
    };
    let socket = timeout(TIMEOUT, Socket::connect(channel.into_stream(), &token)).await;
    let failed = |message: String| RemoteError::new(Kind::Protocol, OPERATION, target, message);
    let socket = match socket {
        Ok(Ok(socket)) => socket,
        Ok(Err(error)) => return Err(not_up(failed(error.to_string()))),
        Err(_) => return Err(not_up(failed("the gateway did not answer within 10 s".to_owned()))),
    };

    let version = socket.version.clone();
    let (calls, receiver) = mpsc::channel(32);
    let (events, _) = broadcast::channel(EVENTS);
    let (ended, has_ended) = watch::channel(None);
    let weak = events.downgrade();
    tokio::spawn(async move {
        socket.run(receiver, events, ended).await;
        drop(lease);
    });
    Ok(Gateway { way: Way::Session(Session { calls, events: weak, ended: has_ended, version }) })
}

/// The gateway's token, from the machine's memory.
pub async fn token(connections: &Connections, target: &Target) -> Result<SecretString, RemoteError> {
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
