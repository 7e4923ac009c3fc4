//! From an answer or a failure to an [`AzureError`] with its innermost cause and a remedy.

use std::error::Error as StdError;

use azure_core::{
    error::{Error, ErrorKind},
    http::headers::Headers,
};

use super::{
    challenge,
    credential::{EntraRefusal, SignInFailure},
    error::{AzureError, AzureErrorKind, Task},
    error_body::{ErrorBody, readable},
    remedy::classify,
    retry_after::retry_after,
    transport::TransportSetup,
    transport_failure::TransportFailure,
};

/// An error answer. Bodies that hold no error Azure would write are not quoted.
pub fn from_answer(task: Task<'_>, status: u16, headers: &Headers, body: &[u8]) -> AzureError {
    if status == 401
        && let Some(error) = challenge::read(task, headers)
    {
        return error;
    }
    let mut error = match ErrorBody::parse(body) {
        Some(body) => from_body(task, Some(status), &body),
        None => {
            let (kind, remedy) = classify(Some(status), None, "");
            let mut error = task.error(kind, format!("the answer was HTTP {status}, without a reason"));
            error.remedy = remedy;
            error
        }
    };
    error.status = Some(status);
    if error.kind == AzureErrorKind::Throttled
        && let Some(pause) = retry_after(headers)
    {
        error.remedy =
            Some(format!("Azure asks for a pause of {} seconds: run the command again then", pause.as_secs()));
    }
    error
}

/// An error body, also one inside a 200.
pub fn from_body(task: Task<'_>, status: Option<u16>, body: &ErrorBody) -> AzureError {
    let message = body.message().unwrap_or("Azure gave no reason").to_owned();
    let (kind, remedy) = classify(status, body.code(), &message);
    let mut error = task.error(kind, message);
    error.code = body.code().map(str::to_owned);
    error.causes = body.outer();
    error.remedy = remedy;
    error.status = status;
    error
}

/// An error of azure_core, azure_identity or the Key Vault client.
pub fn from_core(task: Task<'_>, error: &Error) -> AzureError {
    if let Some(failure) = SignInFailure::find(error) {
        let mut error = task.error(AzureErrorKind::Credential, failure.message.clone());
        error.code = failure.code.clone();
        return error.with_remedy(failure.remedy.clone());
    }
    if let Some(failure) = TransportFailure::find(error) {
        return from_transport(task, failure);
    }
    if let Some(refusal) = EntraRefusal::find(error) {
        let mut error = from_answer(task, refusal.status, &refusal.headers, &refusal.body);
        if !matches!(error.kind, AzureErrorKind::Throttled) && refusal.status < 500 {
            error.kind = AzureErrorKind::Credential;
            error
                .remedy
                .get_or_insert_with(|| "check the credentials in the cloud file, or sign in: az login".to_owned());
        }
        return error;
    }
    let mut current: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(next) = current {
        if let Some(core) = next.downcast_ref::<Error>()
            && let ErrorKind::HttpResponse { status, raw_response: Some(raw), .. } = core.kind()
        {
            return from_answer(task, u16::from(*status), raw.headers(), raw.body());
        }
        current = next.source();
    }
    match error.kind() {
        ErrorKind::Credential => from_credential(task, error),
        ErrorKind::DataConversion => task.error(AzureErrorKind::Protocol, "the answer could not be understood"),
        _ => task.error(AzureErrorKind::Protocol, readable(&error.to_string())),
    }
}

fn from_transport(task: Task<'_>, failure: &TransportFailure) -> AzureError {
    let (kind, remedy) = match failure {
        TransportFailure::Tls { .. } => (
            AzureErrorKind::Tls,
            "behind a company proxy that opens TLS, name its certificate authority: --ca FILE, SSL_CERT_FILE, or `ca` in a cloud file",
        ),
        TransportFailure::Setup { .. } => {
            (AzureErrorKind::Tls, "check the certificates of this system, and those that --ca or the cloud file names")
        }
        TransportFailure::Proxy { .. } => {
            (AzureErrorKind::Network, "check that the proxy runs and that the cloud file names it rightly")
        }
        TransportFailure::Endless { .. } => {
            (AzureErrorKind::Protocol, "check who answers there: the proxy, the network, the cloud file")
        }
        TransportFailure::Impostor { .. } => {
            (AzureErrorKind::Network, "sign in to the network you are in, or to its proxy, then run the command again")
        }
        TransportFailure::Connect { .. } | TransportFailure::Broken { .. } | TransportFailure::Torn { .. } => (
            AzureErrorKind::Network,
            "check the network, and HTTPS_PROXY if there is a proxy, then run the command again",
        ),
    };
    task.error(kind, failure.to_string()).with_remedy(remedy)
}

/// Settings that no client can be made from.
pub fn from_setup(task: Task<'_>, error: &TransportSetup) -> AzureError {
    let (kind, remedy) = match error {
        TransportSetup::UnreadableCa { .. } | TransportSetup::NoCertificate { .. } => {
            (AzureErrorKind::Tls, "name a PEM file with --ca FILE, or as `ca` in the cloud file (relative to it)")
        }
        TransportSetup::Proxy { .. } => (AzureErrorKind::Network, "check `proxy` in the cloud file"),
    };
    task.error(kind, error.to_string()).with_remedy(remedy)
}

/// What azure_identity found wrong with the settings.
fn from_credential(task: Task<'_>, error: &Error) -> AzureError {
    task.error(AzureErrorKind::Credential, readable(&error.to_string())).with_remedy("sign in: az login")
}
