//! Access tokens in the shape of Entra's v1 tokens: `header.payload.signature`. Opaque to clients, as real ones are.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::account::Account;

/// Seconds that a token lives. Real time, not the cloud's: clients compare it with their own clock.
pub const LIFETIME: i64 = 3599;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    pub object_id: String,
    pub tenant: String,
    pub app_id: String,
    /// The resource it is for, e.g. `https://vault.azure.net`, as asked for.
    pub audience: String,
    /// Unix seconds, real time.
    pub expires: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("The access token is invalid.")]
    Malformed,
    #[error("The access token signature is invalid.")]
    Signature,
    #[error("The access token expiry UTC time is earlier than current UTC time.")]
    Expired,
}

/// Makes a token for an application or managed identity that lives `seconds` from now.
pub fn issue(account: &Account, object_id: &str, app_id: &str, audience: &str, seconds: i64) -> String {
    let own = json!({"appid": app_id, "appidacr": "1", "idtyp": "app", "oid": object_id, "sub": object_id});
    access_token(account, audience, seconds, own)
}

/// Makes a token for a person who signed in to the application `app_id`.
pub fn issue_user(account: &Account, object_id: &str, upn: &str, app_id: &str, audience: &str, seconds: i64) -> String {
    let own = json!({
        "appid": app_id, "appidacr": "0", "idtyp": "user", "oid": object_id, "sub": object_id,
        "upn": upn, "unique_name": upn, "scp": "user_impersonation", "xms_cc": ["CP1"],
    });
    access_token(account, audience, seconds, own)
}

fn access_token(account: &Account, audience: &str, seconds: i64, own: Value) -> String {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let mut payload = json!({
        "aud": audience,
        "iss": format!("https://{}/{}/", account.cloud.hosts().issuer, account.tenant),
        "iat": now,
        "nbf": now,
        "exp": now + seconds,
        "tid": account.tenant,
        // No token is like another, as Entra's.
        "uti": format!("{:032x}", rand::random::<u128>()),
        "ver": "1.0",
    });
    extend(&mut payload, own);
    sign(account, &payload)
}

/// Who signed in, for the client itself (v2.0 form).
pub fn id_token(account: &Account, object_id: &str, upn: &str, name: &str, client: &str) -> String {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let payload = json!({
        "aud": client,
        "iss": format!("{}/v2.0", account.cloud.hosts().authority(&account.tenant)),
        "iat": now, "nbf": now, "exp": now + LIFETIME,
        "name": name, "oid": object_id, "preferred_username": upn, "sub": object_id, "tid": account.tenant,
        "ver": "2.0",
    });
    sign(account, &payload)
}

/// MSAL's `client_info`: which account, in which tenant.
pub fn client_info(account: &Account, object_id: &str) -> String {
    encode(&json!({"uid": object_id, "utid": account.tenant}))
}

fn extend(payload: &mut Value, more: Value) {
    if let (Value::Object(all), Value::Object(more)) = (payload, more) {
        all.extend(more);
    }
}

/// A signed token of these claims.
pub fn sign(account: &Account, payload: &Value) -> String {
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": "embedded"});
    let signed = format!("{}.{}", encode(&header), encode(payload));
    let signature = signature(account, &signed);
    format!("{signed}.{signature}")
}

/// The claims of a token that [`sign`] made, valid or not.
pub fn claims(account: &Account, token: &str) -> Result<Value, TokenError> {
    let (signed, given) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (_, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
    if given != signature(account, signed) {
        return Err(TokenError::Signature);
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&payload).map_err(|_| TokenError::Malformed)
}

/// Reads a token that [`issue`] made.
pub fn verify(account: &Account, token: &str) -> Result<Claims, TokenError> {
    let payload = claims(account, token)?;
    let text = |name: &str| payload[name].as_str().map(str::to_owned).ok_or(TokenError::Malformed);
    let claims = Claims {
        object_id: text("oid")?,
        tenant: text("tid")?,
        app_id: text("appid")?,
        audience: text("aud")?,
        expires: payload["exp"].as_i64().ok_or(TokenError::Malformed)?,
    };
    if claims.expires <= OffsetDateTime::now_utc().unix_timestamp() {
        return Err(TokenError::Expired);
    }
    Ok(claims)
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Only this process checks it, so a keyed digest does; key on both ends, or it could be extended.
fn signature(account: &Account, signed: &str) -> String {
    let digest = Sha256::new().chain_update(account.token_key).chain_update(signed).chain_update(account.token_key);
    URL_SAFE_NO_PAD.encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_what_it_was_issued_for() {
        let account = Account::default();
        let token = issue(&account, "object", "app", "https://vault.azure.net", LIFETIME);
        let claims = verify(&account, &token).unwrap();
        assert_eq!((claims.object_id.as_str(), claims.app_id.as_str()), ("object", "app"));
        assert_eq!(claims.audience, "https://vault.azure.net");
    }

    #[test]
    fn foreign_changed_and_expired_tokens_are_refused() {
        let account = Account::default();
        let token = issue(&account, "object", "app", "aud", LIFETIME);
        assert_eq!(verify(&Account::default(), &token), Err(TokenError::Signature));
        assert_eq!(verify(&account, &format!("x{token}")), Err(TokenError::Signature));
        assert_eq!(verify(&account, "nonsense"), Err(TokenError::Malformed));
        assert_eq!(verify(&account, &issue(&account, "o", "a", "aud", -1)), Err(TokenError::Expired));
    }
}
