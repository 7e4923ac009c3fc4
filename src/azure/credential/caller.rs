//! Who claw is to Azure, by its own token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::fleet::person::ObjectId;

/// Who is asking, from the access token's own claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub object_id: ObjectId,
    pub tenant: String,
    /// UPN or application id.
    pub name: String,
    pub is_service: bool,
}

/// Claims of an access token that claw reads (Entra `access-token-claims-reference`).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Claims {
    oid: Option<String>,
    tid: Option<String>,
    appid: Option<String>,
    azp: Option<String>,
    upn: Option<String>,
    unique_name: Option<String>,
    preferred_username: Option<String>,
    idtyp: Option<String>,
}

/// Reads the token's payload. Its signature is for Azure to check; claw only wants to know who it is itself.
pub fn caller_of(token: &str) -> Option<Caller> {
    let payload = token.split('.').nth(1)?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()?;
    let person = claims.upn.or(claims.unique_name).or(claims.preferred_username);
    let is_service = match claims.idtyp.as_deref() {
        Some(kind) => kind.eq_ignore_ascii_case("app"),
        // `idtyp` is optional in older tokens: a service principal's has no user name.
        None => person.is_none(),
    };
    let application = claims.appid.or(claims.azp);
    Some(Caller {
        object_id: ObjectId::new(&claims.oid?),
        tenant: claims.tid.unwrap_or_default(),
        name: if is_service { application.or(person) } else { person.or(application) }.unwrap_or_default(),
        is_service,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_person_and_a_service_are_told_apart() {
        let person = caller_of(&token(r#"{"oid":"AAA","tid":"t","upn":"ann@x.org","appid":"cli","new":[1]}"#)).unwrap();
        assert_eq!((person.object_id.as_str(), person.name.as_str(), person.is_service), ("aaa", "ann@x.org", false));
        let service = caller_of(&token(r#"{"oid":"bbb","tid":"t","appid":"app-1","idtyp":"app"}"#)).unwrap();
        assert_eq!((service.name.as_str(), service.is_service), ("app-1", true));
    }

    #[test]
    fn what_is_no_token_names_nobody() {
        for token in ["", "opaque", "a.b.c", &token("{}"), &token("[]")] {
            assert_eq!(caller_of(token), None);
        }
    }
}
