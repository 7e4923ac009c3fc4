//! A credential that keeps its tokens, and is made anew once Azure refuses one of them before it runs out: one that was
//! revoked, or whose end is still to come for a clock that was set back. A managed identity's tokens are kept outside of
//! it, too, where nobody gets another one sooner.

use std::{fmt, sync::Arc, time::Duration};

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use tokio::{sync::Mutex, time::Instant};

use crate::azure::{refused::Refused, turn::Turn};

/// Who is refused so soon after being given another token is refused with the next one, too.
const PAUSE: Duration = Duration::from_secs(10);

type Make = dyn Fn() -> azure_core::Result<Arc<dyn TokenCredential>> + Send + Sync;

pub struct Renewed {
    make: Box<Make>,
    turn: Turn,
    current: Mutex<Current>,
    refused: Refused,
}

struct Current {
    credential: Arc<dyn TokenCredential>,
    /// When it took another one's place.
    since: Option<Instant>,
}

impl Renewed {
    /// Makes the first one.
    pub fn new(
        make: impl Fn() -> azure_core::Result<Arc<dyn TokenCredential>> + Send + Sync + 'static,
        refused: Refused,
    ) -> azure_core::Result<Self> {
        let current = Current { credential: make()?, since: None };
        Ok(Self { make: Box::new(make), turn: Turn::default(), current: Mutex::new(current), refused })
    }

    async fn ask(&self, scopes: &[&str], options: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let mut current = self.current.lock().await;
        let token = current.credential.get_token(scopes, options.clone()).await?;
        let is_new = current.since.is_some_and(|since| since.elapsed() < PAUSE);
        if is_new || !self.refused.has(&token) {
            return Ok(token);
        }
        *current = Current { credential: (self.make)()?, since: Some(Instant::now()) };
        self.refused.clear();
        current.credential.get_token(scopes, options).await
    }
}

impl fmt::Debug for Renewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewed").finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl TokenCredential for Renewed {
    /// In turn: tokens are kept behind one lock for all scopes, whose waiting readers wake each other without a pause
    /// while it is held (see `azure::bearer`).
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        self.turn.take(self.ask(scopes, options)).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use azure_core::{credentials::Secret, time::OffsetDateTime};

    use super::*;

    /// Keeps one token for ever, as azure_identity does for an hour.
    #[derive(Debug)]
    struct Kept(usize);

    #[async_trait::async_trait]
    impl TokenCredential for Kept {
        async fn get_token(
            &self,
            scopes: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            let secret = Secret::new(format!("{}-{}", scopes[0], self.0));
            Ok(AccessToken::new(secret, OffsetDateTime::now_utc() + Duration::from_secs(3600)))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_given_no_more_and_entra_is_left_alone_where_that_does_not_help() {
        let (refused, made) = (Refused::default(), AtomicUsize::new(0));
        let make = move || Ok(Arc::new(Kept(made.fetch_add(1, Ordering::Relaxed))) as Arc<dyn TokenCredential>);
        let renewed = Renewed::new(make, refused.clone()).unwrap();
        let get = async |scope: &str| renewed.get_token(&[scope], None).await.unwrap().token.secret().to_owned();
        assert_eq!((get("arm").await, get("graph").await), ("arm-0".into(), "graph-0".into()));
        refused.note("Bearer arm-0");
        assert_eq!((get("graph").await, get("arm").await), ("graph-0".into(), "arm-1".into()));
        // The other one was kept by the same credential.
        assert_eq!(get("graph").await, "graph-1");

        refused.note("Bearer arm-1");
        assert_eq!(get("arm").await, "arm-1", "so soon");
        tokio::time::advance(PAUSE).await;
        assert_eq!(get("arm").await, "arm-2");
        tokio::time::advance(PAUSE).await;
        assert_eq!(get("arm").await, "arm-2", "it was never refused");
        refused.note("Bearer arm-2");
        assert!(!format!("{renewed:?} {refused:?}").contains("arm"));
    }
}
