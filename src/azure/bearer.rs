//! The token that goes along with a request, asked for by one request at a time.
//!
//! azure_core's own policy keeps it behind async-lock's `RwLock`: its waiting readers wake each other without a pause,
//! and who of two waiting writers is first depends on whether half a millisecond passed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::{Error, ErrorKind},
    http::{
        ClientMethodOptions, Context, Request, StatusCode,
        headers::AUTHORIZATION,
        policies::{Policy, PolicyResult},
    },
    time::{Duration, OffsetDateTime},
};
use tokio::time::Instant;

use super::{challenge, refused::Refused, turn::Turn};

/// How long a token that ends soon is used without asking for another one, where there was none.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(30);
/// A token that ends so soon is asked for anew, while it may still do.
const EARLY: Duration = Duration::minutes(5);

/// Sends the credential's token for one scope along.
#[derive(Debug)]
pub struct Bearer {
    credential: Arc<dyn TokenCredential>,
    scope: String,
    turn: Turn,
    held: Mutex<Held>,
    refused: Refused,
}

#[derive(Debug, Default)]
struct Held {
    token: Option<AccessToken>,
    /// When the credential last had no other one.
    lacked: Option<Instant>,
}

impl Bearer {
    pub fn new(credential: Arc<dyn TokenCredential>, scope: String, refused: Refused) -> Self {
        Self { credential, scope, turn: Turn::default(), held: Mutex::default(), refused }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn token(&self, context: &Context<'_>) -> azure_core::Result<AccessToken> {
        let (held, lacked) = {
            let held = self.held();
            (held.token.clone(), held.lacked.is_some_and(|at| at.elapsed() < PAUSE))
        };
        let lasts = |token: &AccessToken, so_long| token.expires_on > OffsetDateTime::now_utc() + so_long;
        // While nobody gives another one, that is not waited for again by every request.
        let enough = if lacked { Duration::ZERO } else { EARLY };
        if let Some(token) = held.as_ref().filter(|token| lasts(token, enough)) {
            return Ok(token.clone());
        }
        let options = TokenRequestOptions { method_options: ClientMethodOptions { context: context.clone() } };
        match self.credential.get_token(&[&self.scope], Some(options)).await {
            Ok(token) => {
                *self.held() = Held { token: Some(token.clone()), lacked: None };
                Ok(token)
            }
            Err(error) => {
                self.held().lacked = Some(Instant::now());
                held.filter(|token| lasts(token, Duration::ZERO)).ok_or(error)
            }
        }
    }
}

#[async_trait::async_trait]
impl Policy for Bearer {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let Some((first, rest)) = next.split_first().filter(|_| request.url().scheme() == "https") else {
            return Err(Error::with_message(ErrorKind::Other, "a token goes over HTTPS only"));
        };
        let token = self.turn.take(self.token(context)).await?;
        let header = format!("Bearer {}", token.token.secret());
        request.insert_header(AUTHORIZATION, header.clone());
        let answer = first.send(context, request, rest).await?;
        if answer.status() == StatusCode::Unauthorized {
            // Known first: else a request in between would be given it again.
            if !challenge::asks_for_claims(answer.headers()) {
                self.refused.note(&header);
            }
            // Another request may have been given a new one meanwhile.
            self.held().token.take_if(|held| held.token.secret() == token.token.secret());
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        pin::pin,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use azure_core::{
        Bytes,
        credentials::Secret,
        http::{AsyncRawResponse, Method, Url, headers::Headers},
    };
    use futures::future::join_all;

    use super::*;

    /// Takes a second for a token, and has none each time it is asked for one of `lacks`.
    #[derive(Debug)]
    struct Slow {
        asked: AtomicUsize,
        lacks: &'static [usize],
        lifetime: Duration,
    }

    #[async_trait::async_trait]
    impl TokenCredential for Slow {
        async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            match self.asked.fetch_add(1, Ordering::Relaxed) {
                nth if self.lacks.contains(&nth) => Err(Error::with_message(ErrorKind::Credential, "not yet")),
                nth => Ok(AccessToken::new(Secret::new(format!("t{nth}")), OffsetDateTime::now_utc() + self.lifetime)),
            }
        }
    }

    const ANSWER: std::time::Duration = std::time::Duration::from_secs(1);

    /// Refuses one token.
    #[derive(Debug)]
    struct Server(&'static str);

    #[async_trait::async_trait]
    impl Policy for Server {
        async fn send(&self, _: &Context, request: &mut Request, _: &[Arc<dyn Policy>]) -> PolicyResult {
            tokio::time::sleep(ANSWER).await;
            let sent = request.headers().get_optional_str(&AUTHORIZATION).unwrap_or_default();
            let status = if sent == self.0 { StatusCode::Unauthorized } else { StatusCode::Ok };
            Ok(AsyncRawResponse::from_bytes(status, Headers::new(), Bytes::new()))
        }
    }

    struct Rig {
        credential: Arc<Slow>,
        bearer: Bearer,
        next: [Arc<dyn Policy>; 1],
    }

    impl Rig {
        fn new(lacks: &'static [usize], lifetime: Duration, refused: &'static str) -> Self {
            let credential = Arc::new(Slow { asked: AtomicUsize::new(0), lacks, lifetime });
            let bearer = Bearer::new(credential.clone(), "s".into(), Refused::default());
            Self { credential, bearer, next: [Arc::new(Server(refused))] }
        }

        /// What was sent along, and what came of it.
        async fn send(&self) -> azure_core::Result<(String, u16)> {
            let mut request = Request::new(Url::parse("https://management.azure.com/").unwrap(), Method::Get);
            let answer = self.bearer.send(&Context::new(), &mut request, &self.next).await?;
            let sent = request.headers().get_optional_str(&AUTHORIZATION).unwrap_or_default();
            Ok((sent.to_owned(), answer.status().into()))
        }

        fn asked(&self) -> usize {
            self.credential.asked.load(Ordering::Relaxed)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_token_waits_quietly() {
        let rig = Rig::new(&[0], Duration::hours(1), "");
        let mut all = pin!(join_all((0..8).map(|_| rig.send())));
        let mut polls = 0;
        let answers = poll_fn(|context| {
            polls += 1;
            assert!(polls < 100, "they wake each other, and no time passes");
            all.as_mut().poll(context)
        });
        let answers = answers.await;
        assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 1);
        assert_eq!(rig.asked(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_forgotten_and_one_that_came_meanwhile_stays() {
        let rig = Rig::new(&[], Duration::hours(1), "Bearer old");
        let hold = |token| {
            let until = OffsetDateTime::now_utc() + Duration::hours(1);
            rig.bearer.held().token = Some(AccessToken::new(Secret::new(token), until));
        };
        hold("old");
        let refused = join_all((0..3).map(|_| rig.send())).await;
        assert!(refused.into_iter().all(|answer| answer.unwrap() == ("Bearer old".into(), 401)));
        assert!(rig.bearer.refused.has(&AccessToken::new(Secret::new("old"), OffsetDateTime::now_utc())));
        assert_eq!(rig.send().await.unwrap(), ("Bearer t0".into(), 200));

        hold("old");
        let meanwhile = async {
            tokio::time::sleep(ANSWER / 2).await;
            hold("new");
        };
        assert_eq!(tokio::join!(rig.send(), meanwhile).0.unwrap(), ("Bearer old".into(), 401));
        assert_eq!(rig.send().await.unwrap(), ("Bearer new".into(), 200));
        assert_eq!(rig.asked(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_ends_soon_serves_while_nobody_gives_another() {
        let soon = Rig::new(&[1, 2], EARLY, "");
        let sent = async || (soon.send().await.unwrap().0, soon.asked());
        assert_eq!(sent().await, ("Bearer t0".into(), 1));
        assert_eq!(sent().await, ("Bearer t0".into(), 2));
        assert_eq!(sent().await, ("Bearer t0".into(), 2), "whoever comes soon after does not wait for Entra, too");
        tokio::time::advance(PAUSE).await;
        assert_eq!(sent().await, ("Bearer t0".into(), 3));
        tokio::time::advance(PAUSE).await;
        assert_eq!(sent().await, ("Bearer t3".into(), 4));
        let ended = Rig::new(&[1], Duration::ZERO, "");
        assert!(ended.send().await.is_ok() && ended.send().await.is_err());
    }

    #[tokio::test]
    async fn no_token_goes_over_plain_http() {
        let rig = Rig::new(&[], Duration::hours(1), "");
        let mut request = Request::new(Url::parse("http://management.azure.com/").unwrap(), Method::Get);
        assert!(rig.bearer.send(&Context::new(), &mut request, &rig.next).await.is_err());
        assert_eq!((rig.asked(), request.headers().get_optional_str(&AUTHORIZATION)), (0, None));
    }
}
