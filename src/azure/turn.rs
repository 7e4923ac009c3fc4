//! One after the other, where what one of them learns of the network is good for those who wait.

use tokio::{sync::Mutex, time::Instant};

use super::transport_failure::TransportFailure;

/// Whose turn it is to ask; and why the last one could not, with the time at which that was known.
#[derive(Debug, Default)]
pub struct Turn(Mutex<Option<(Instant, TransportFailure)>>);

impl Turn {
    /// Does `work` once it is its turn. Those who waited while somebody could not be reached are told so, instead of each
    /// waiting as long again.
    pub async fn take<T>(&self, work: impl Future<Output = azure_core::Result<T>>) -> azure_core::Result<T> {
        let begun = Instant::now();
        let mut last = self.0.lock().await;
        if let Some((_, failure)) = last.as_ref().filter(|(known, _)| *known > begun) {
            return Err(failure.clone().into_core());
        }
        let done = work.await;
        let failure = done.as_ref().err().and_then(TransportFailure::find);
        *last = failure.map(|failure| (Instant::now(), failure.clone()));
        done
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use azure_core::error::{Error, ErrorKind};

    use super::*;

    async fn tries(failure: impl Fn() -> Error) -> usize {
        let (turn, tried) = (Turn::default(), AtomicUsize::new(0));
        let work = async || {
            tried.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(60)).await;
            Err::<(), _>(failure())
        };
        let all = futures::future::join_all((0..5).map(|_| turn.take(work()))).await;
        assert!(all.iter().all(Result::is_err));
        assert!(turn.take(work()).await.is_err(), "who comes later asks anew");
        tried.load(Ordering::Relaxed)
    }

    #[tokio::test(start_paused = true)]
    async fn who_waited_for_somebody_out_of_reach_waits_no_longer_and_a_refusal_is_ones_own() {
        let away = || TransportFailure::Broken { host: "h".into(), reason: "silence".into() }.into_core();
        assert_eq!(tries(away).await, 2);
        assert_eq!(tries(|| Error::with_message(ErrorKind::Credential, "no")).await, 6);
    }
}
