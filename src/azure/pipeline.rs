//! azure_core's pipeline, with its own retries off and claw's throttle in their place.

use std::{sync::Arc, time::Duration};

use azure_core::{
    cloud::CloudConfiguration,
    credentials::TokenCredential,
    http::{
        AsyncRawResponse, ClientOptions, Context, Pipeline, Request, RetryOptions, StatusCode, UserAgentOptions,
        headers::AUTHORIZATION,
        policies::{Policy, PolicyResult},
    },
};

use super::{
    bearer::Bearer,
    challenge,
    endpoints::Environment,
    limits::{Limit, limits_of, repeatable},
    refused::Refused,
    retry_after::retry_after,
    throttle::Throttle,
    transport::Transport,
    transport_failure::TransportFailure,
};

/// 429s in a row that one request waits out.
const MOST_PAUSES: u32 = 8;
/// All the time that one request spends on 429s; a server asking for more is told to the operator instead.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Further tries after a server error or a broken connection.
const MOST_REPEATS: u32 = 3;

/// Everything that pipelines share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Wire {
    transport: Arc<Transport>,
    throttle: Throttle,
    environment: Environment,
    refused: Refused,
}

impl Wire {
    pub fn new(transport: Transport, throttle: Throttle, environment: Environment) -> Self {
        Self { transport: Arc::new(transport), throttle, environment, refused: Refused::default() }
    }

    /// Tokens that Azure refused, whoever sent them.
    pub fn refused(&self) -> &Refused {
        &self.refused
    }

    /// For clients of the Azure SDK.
    pub fn options(&self) -> ClientOptions {
        let arm = self.environment.arm().trim_start_matches("https://");
        let policy = ThrottlePolicy { throttle: self.throttle.clone(), arm, refused: self.refused.clone() };
        ClientOptions {
            // Outside of the bearer policy, so that a repeated request has a token that is still good.
            per_call_policies: vec![Arc::new(policy)],
            retry: RetryOptions::none(),
            transport: Some(azure_core::http::Transport::new(self.transport.clone())),
            user_agent: UserAgentOptions { application_id: Some("claw".to_owned()) },
            cloud: Some(Arc::new(self.cloud())),
            ..ClientOptions::default()
        }
    }

    fn cloud(&self) -> CloudConfiguration {
        self.environment.configuration()
    }

    /// Sends the credential's token along, whatever the host: callers check it.
    pub fn authorized(&self, credential: Arc<dyn TokenCredential>, scope: String) -> Pipeline {
        let bearer: Arc<dyn Policy> = Arc::new(Bearer::new(credential, scope, self.refused.clone()));
        pipeline(self.options(), vec![bearer])
    }

    /// Sends no token.
    pub fn anonymous(&self) -> Pipeline {
        pipeline(self.options(), Vec::new())
    }
}

fn pipeline(options: ClientOptions, per_try: Vec<Arc<dyn Policy>>) -> Pipeline {
    let (name, version) = (option_env!("CARGO_PKG_NAME"), option_env!("CARGO_PKG_VERSION"));
    Pipeline::new(name, version, options, Vec::new(), per_try, None)
}

/// Admits requests, learns from answers, and repeats what may be repeated.
#[derive(Debug)]
struct ThrottlePolicy {
    throttle: Throttle,
    arm: &'static str,
    refused: Refused,
}

impl ThrottlePolicy {
    /// How long to pause after a 429, or `None` when enough was waited.
    fn pause_after(&self, asked: Option<Duration>, pauses: u32, waited: Duration) -> Option<Duration> {
        let pause = asked.unwrap_or_else(|| Duration::from_secs(1 << pauses.min(5)));
        (pauses < MOST_PAUSES && waited + pause <= LONGEST_PAUSE).then_some(pause)
    }
}

#[async_trait::async_trait]
impl Policy for ThrottlePolicy {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let limits: Vec<Limit> = limits_of(request.method(), request.url(), self.arm);
        let repeatable = repeatable(request.method(), request.url());
        // Key Vault's authorizer takes the body out before it is challenged: each try starts from the whole request.
        let whole = request.clone();
        let (mut pauses, mut waited, mut repeats, mut renewed) = (0, Duration::ZERO, 0, false);
        let Some((first, rest)) = next.split_first() else {
            return Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Other, "empty pipeline"));
        };
        loop {
            self.throttle.admit(&limits).await;
            *request = whole.clone();
            let result = first.send(ctx, request, rest).await;
            note(&whole, &result);
            if let Ok(answer) = &result {
                self.throttle.learn(answer.headers());
            }
            let again = match &result {
                Ok(answer) if answer.status() == StatusCode::TooManyRequests => {
                    let pause = self.pause_after(retry_after(answer.headers()), pauses, waited);
                    self.throttle.throttled(&limits, pause.unwrap_or_default());
                    if let Some(pause) = pause {
                        pauses += 1;
                        waited += pause;
                        continue;
                    }
                    None
                }
                Ok(answer) if !renewed && let Some(token) = outdated(request, answer) => {
                    self.refused.note(token);
                    renewed = true;
                    continue;
                }
                Ok(answer) if transient(answer.status()) => Some(retry_after(answer.headers())),
                Err(error) if is_broken(error, &whole) => Some(None),
                _ => None,
            };
            match again {
                Some(asked) if repeatable && repeats < MOST_REPEATS => {
                    let backoff = Duration::from_millis(400 << repeats);
                    repeats += 1;
                    self.throttle.pause(asked.unwrap_or(backoff).min(LONGEST_PAUSE)).await;
                }
                _ => return result,
            }
        }
    }
}

/// For the log: never the query, which may hold a signature.
fn note(request: &Request, result: &PolicyResult) {
    let (method, host) = (request.method(), request.url().host_str().unwrap_or_default());
    let path = request.url().path();
    match result {
        Ok(answer) => tracing::debug!("{method} {host}{path}: {}", u16::from(answer.status())),
        Err(error) => tracing::warn!("{method} {host}{path}: {error}"),
    }
}

/// The token that was refused before anything was done: another one may be asked for (see `credential::Renewed`; az
/// decides by itself). One of the same sign-in answers no claims challenge.
fn outdated<'a>(sent: &'a Request, answer: &AsyncRawResponse) -> Option<&'a str> {
    let is_refused = answer.status() == StatusCode::Unauthorized && !challenge::asks_for_claims(answer.headers());
    sent.headers().get_optional_str(&AUTHORIZATION).filter(|_| is_refused)
}

fn transient(status: StatusCode) -> bool {
    matches!(u16::from(status), 500 | 502 | 503 | 504)
}

/// Whether the connection to the request's own host broke. That for its token did, where it was another's: it was
/// repeated there.
fn is_broken(error: &azure_core::Error, request: &Request) -> bool {
    match TransportFailure::find(error) {
        Some(TransportFailure::Broken { host, .. } | TransportFailure::Impostor { host }) => {
            request.url().host_str() == Some(host.as_str())
        }
        _ => false,
    }
}
