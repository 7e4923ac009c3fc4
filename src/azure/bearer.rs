//! The SDK's bearer policy, which asks for a token in one request at a time.

use std::sync::Arc;

use azure_core::{
    credentials::{TokenCredential, TokenRequestOptions},
    http::{
        ClientMethodOptions, Context, Request,
        policies::auth::{Authorizer, BearerTokenAuthorizationPolicy, OnRequest},
    },
};

use super::turn::Turn;

/// Sends the credential's token for `scope` along.
pub fn policy(credential: Arc<dyn TokenCredential>, scope: String) -> BearerTokenAuthorizationPolicy {
    let in_turn = InTurn { scope, turn: Turn::default() };
    BearerTokenAuthorizationPolicy::new(credential, Vec::<String>::new()).with_on_request(Arc::new(in_turn))
}

/// The policy keeps its token behind async-lock's `RwLock`, whose waiting readers wake each other without a pause while
/// a second writer waits for Entra: nobody else may wait there.
#[derive(Debug)]
struct InTurn {
    scope: String,
    turn: Turn,
}

#[async_trait::async_trait]
impl OnRequest for InTurn {
    async fn on_request(
        &self,
        context: &mut Context,
        request: &mut Request,
        authorizer: &dyn Authorizer,
    ) -> azure_core::Result<()> {
        let options = TokenRequestOptions { method_options: ClientMethodOptions { context: context.clone() } };
        self.turn.take(authorizer.authorize(request, &[&self.scope], options)).await
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        pin::pin,
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use azure_core::{
        Bytes,
        credentials::{AccessToken, Secret},
        error::{Error, ErrorKind},
        http::{
            AsyncRawResponse, Method, StatusCode, Url,
            headers::Headers,
            policies::{Policy, PolicyResult},
        },
        time::OffsetDateTime,
    };
    use futures::future::join_all;

    use super::*;

    /// Takes a second for a token, and has none the first time.
    #[derive(Debug, Default)]
    struct Slow(AtomicUsize);

    #[async_trait::async_trait]
    impl TokenCredential for Slow {
        async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
            tokio::time::sleep(Duration::from_secs(1)).await;
            match self.0.fetch_add(1, Ordering::Relaxed) {
                0 => Err(Error::with_message(ErrorKind::Credential, "not yet")),
                _ => Ok(AccessToken::new(Secret::new("t"), OffsetDateTime::now_utc() + Duration::from_secs(3600))),
            }
        }
    }

    #[derive(Debug)]
    struct Server;

    #[async_trait::async_trait]
    impl Policy for Server {
        async fn send(&self, _: &Context, _: &mut Request, _: &[Arc<dyn Policy>]) -> PolicyResult {
            Ok(AsyncRawResponse::from_bytes(StatusCode::Ok, Headers::new(), Bytes::new()))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_token_waits_quietly() {
        let credential = Arc::new(Slow::default());
        let (bearer, next) = (policy(credential.clone(), "s".into()), [Arc::new(Server) as Arc<dyn Policy>]);
        let send = async || {
            let url = Url::parse("https://management.azure.com/").unwrap();
            bearer.send(&Context::new(), &mut Request::new(url, Method::Get), &next).await
        };
        let mut all = pin!(join_all((0..8).map(|_| send())));
        let mut polls = 0;
        let answers = poll_fn(|context| {
            polls += 1;
            assert!(polls < 100, "they wake each other, and no time passes");
            all.as_mut().poll(context)
        });
        let answers = answers.await;
        assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 1);
        assert_eq!(credential.0.load(Ordering::Relaxed), 2);
    }
}
