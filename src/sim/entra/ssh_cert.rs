//! `token_type=ssh-cert`: a real OpenSSH certificate for the caller's key, signed by an authority of this run.

use base64::{Engine, engine::general_purpose::URL_SAFE};
use russh::keys::ssh_key::{
    Certificate, Mpint,
    certificate::{Builder, CertType},
    public::{KeyData, RsaPublicKey},
};
use serde_json::{Value, json};

use super::{Form, refusal::refusal, ssh_authority::SshAuthority};
use crate::sim::{scenario::User, wire::Response, world::World};

/// From 5 minutes before the issue to 60 after (azure.md §6.3).
const BEFORE: u64 = 300;
const VALID: u64 = 3900;

/// The authority's line for a `TrustedUserCAKeys` file; makes the authority when there is none yet.
pub fn authority_line(world: &World) -> Option<String> {
    with_authority(world, |authority| Ok(authority.public_line())).ok()
}

fn with_authority<T>(world: &World, use_it: impl FnOnce(&SshAuthority) -> Result<T, String>) -> Result<T, String> {
    let cell = world.state().entra.ssh_authority.clone();
    if cell.get().is_none() {
        // Another request may be quicker: then this one's is dropped.
        let _ = cell.set(SshAuthority::new()?);
    }
    use_it(cell.get().ok_or("there is no authority")?)
}

/// The token endpoint's answer, without what goes along with every token.
pub fn answer(world: &World, user: &User, form: &Form) -> Result<Value, Response> {
    let malformed = |why: &str| {
        let message = format!("AADSTS50013: {why}");
        refusal(400, "invalid_request", 50013, &message)
    };
    // Of the resource app "Azure Linux VM Sign-In" (azure.md §6.2).
    let asked = world.scenario.cloud.hosts().ssh;
    if !form.field("scope").split(' ').any(|scope| scope.starts_with(asked)) {
        return Err(malformed("SSH certificates are issued for Azure Linux VM Sign-In only."));
    }
    let jwk: Value = serde_json::from_str(form.field("req_cnf")).map_err(|_| malformed("req_cnf is no JSON."))?;
    let key = public_key(&jwk).ok_or_else(|| malformed("req_cnf holds no RSA key."))?;
    if jwk["kid"].as_str() != Some(form.field("key_id")) {
        return Err(malformed("key_id is not the kid of req_cnf."));
    }
    let tenant = world.state().account.tenant.clone();
    let made = with_authority(world, |authority| certificate(authority, key, user, &tenant));
    let certificate = made.and_then(|c| c.to_openssh().map_err(|e| e.to_string())).map_err(|why| malformed(&why))?;
    // The type stands before it and a comment may stand behind it; the token is the middle.
    let body = certificate.split(' ').nth(1).unwrap_or_default();
    Ok(json!({
        "token_type": "ssh-cert",
        "scope": format!("{asked}/user_impersonation {asked}/.default"),
        "expires_in": 3599,
        "ext_expires_in": 3599,
        "access_token": body,
    }))
}

/// RSA in a JWK; with or without padding and with or without the leading zero, as official clients differ.
fn public_key(jwk: &Value) -> Option<KeyData> {
    if jwk["kty"] != "RSA" {
        return None;
    }
    let number = |name: &str| {
        let text = jwk[name].as_str()?.trim_end_matches('=');
        let padded = format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
        let bytes = URL_SAFE.decode(padded).ok()?;
        let first = bytes.iter().position(|byte| *byte != 0)?;
        Some(Mpint::from_positive_bytes(&bytes[first..]))
    };
    RsaPublicKey::new(number("e")?, number("n")?).ok().map(KeyData::Rsa)
}

/// As decoded from an official fixture (azure.md §6.3).
fn certificate(authority: &SshAuthority, key: KeyData, user: &User, tenant: &str) -> Result<Certificate, String> {
    let now = u64::try_from(time::OffsetDateTime::now_utc().unix_timestamp()).map_err(|e| e.to_string())?;
    let nonce: [u8; 32] = rand::random();
    let build = || {
        let mut new = Builder::new(nonce, key, now - BEFORE, now - BEFORE + VALID)?;
        new.serial(0)?.cert_type(CertType::User)?.key_id(format!("{}@{tenant}", user.id))?;
        new.valid_principal(user.upn.to_lowercase())?;
        for name in ["X11-forwarding", "agent-forwarding", "port-forwarding", "pty", "user-rc"] {
            new.extension(format!("permit-{name}"), "")?;
        }
        for (name, value) in [("displayname", user.name.as_str()), ("oid", &user.id), ("tid", tenant)] {
            new.extension(format!("{name}@sshservice.azure.net"), value)?;
        }
        new.sign(authority)
    };
    build().map_err(|e: russh::keys::ssh_key::Error| e.to_string())
}
