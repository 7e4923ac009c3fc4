//! A plain connection to a machine's gateway, for a browser on this computer.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};

use super::{
    connection::ChannelError,
    connections::Connections,
    error::{RemoteError, RemoteErrorKind as Kind},
    exec::refused,
    values::Target,
};

const OPERATION: &str = "open";

/// Passes bytes between `local` and the machine's port until either side closes.
pub async fn join(
    connections: &Arc<Connections>,
    target: &Target,
    port: u16,
    mut local: impl AsyncRead + AsyncWrite + Unpin,
) -> Result<(), RemoteError> {
    // Held as long as bytes go through it.
    let lease = connections.shared(target, OPERATION).await?;
    let channel = lease.direct_tcpip(port).await.map_err(|error| match error {
        ChannelError::Refused(why) => {
            let message = format!("nothing answers on the machine's port {port} ({why})");
            RemoteError::new(Kind::Protocol, OPERATION, target, message)
        }
        gone @ ChannelError::Gone(_) => refused(gone, target, OPERATION),
    })?;
    // Either side closing is the usual end.
    let _ = copy_bidirectional(&mut local, &mut channel.into_stream()).await;
    Ok(())
}
