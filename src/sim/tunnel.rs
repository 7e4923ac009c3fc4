//! Carries bytes between a client and a machine.

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio_util::sync::CancellationToken;

/// Bytes under way in each direction before the sender has to wait.
pub(super) const BUFFER: usize = 64 * 1024;

/// Lets `serve` talk to the client until the machine hangs up, the client can't be written to, or the cloud stops.
/// A client that only ends its own direction still gets the rest of the machine's.
pub async fn carry<F>(
    stop: CancellationToken,
    client: impl AsyncRead + AsyncWrite,
    serve: impl FnOnce(DuplexStream) -> F,
) where
    F: Future<Output = ()>,
{
    let (near, far) = tokio::io::duplex(BUFFER);
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_machine, mut to_machine) = tokio::io::split(near);
    let up = async {
        let _ = tokio::io::copy(&mut from_client, &mut to_machine).await;
        let _ = to_machine.shutdown().await;
    };
    let down = async {
        let _ = tokio::io::copy(&mut from_machine, &mut to_client).await;
        let _ = to_client.shutdown().await;
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = down => {}
        () = endless(up) => {}
        () = endless(serve(far)) => {}
    }
}

/// What is still under way to the client decides when it is over, not who finished first.
pub(super) async fn endless(work: impl Future<Output = ()>) {
    work.await;
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn the_rest_arrives_after_either_side_is_done() {
        let (mut client, tunnel) = tokio::io::duplex(16);
        let serve = |mut stream: DuplexStream| async move {
            let mut said = String::new();
            stream.read_to_string(&mut said).await.unwrap();
            stream.write_all(said.to_uppercase().repeat(100).as_bytes()).await.unwrap();
        };
        let carried = tokio::spawn(carry(CancellationToken::new(), tunnel, serve));
        client.write_all(b"hello").await.unwrap();
        client.shutdown().await.unwrap();
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "HELLO".repeat(100));
        carried.await.unwrap();
    }

    #[tokio::test]
    async fn a_machine_that_hangs_up_ends_it() {
        let (mut client, tunnel) = tokio::io::duplex(16);
        let carried = tokio::spawn(carry(CancellationToken::new(), tunnel, |_| async {}));
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
        carried.await.unwrap();
    }

    #[tokio::test]
    async fn the_end_of_the_cloud_ends_it() {
        let stop = CancellationToken::new();
        let (mut client, tunnel) = tokio::io::duplex(16);
        let carried = tokio::spawn(carry(stop.clone(), tunnel, |stream| async move {
            let _held = stream;
            std::future::pending().await
        }));
        stop.cancel();
        carried.await.unwrap();
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    }
}
