//! `grant_type=client_credentials`: the service principal, by its secret or by a federated token.

use serde_json::json;

use super::{
    Form, federated,
    refusal::{refusal, unknown_client},
};
use crate::sim::{account::Account, token, wire::Response};

pub fn credentials(account: &Account, tenant: &str, form: &Form) -> Response {
    let client = form.field("client_id");
    if !client.eq_ignore_ascii_case(&account.client_id) {
        return unknown_client(client, tenant);
    }
    let proof = match form.field("client_assertion") {
        "" => secret(account, form),
        _ => federated::check(account, form),
    };
    if let Err(refused) = proof {
        return refused;
    }
    let Some(audience) = form.field("scope").strip_suffix("/.default").filter(|resource| !resource.is_empty()) else {
        let message = format!(
            "AADSTS1002012: The provided value for scope {} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
            form.field("scope")
        );
        return refusal(400, "invalid_scope", 1_002_012, &message);
    };
    let token = token::issue(account, &account.object_id, &account.client_id, audience, token::LIFETIME);
    Response::json(
        200,
        &json!({
            "token_type": "Bearer",
            "expires_in": token::LIFETIME,
            "ext_expires_in": token::LIFETIME,
            "access_token": token,
        }),
    )
}

fn secret(account: &Account, form: &Form) -> Result<(), Response> {
    match form.field("client_secret") {
        given if given == account.client_secret => Ok(()),
        "" => {
            let message = "AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.";
            Err(refusal(401, "invalid_client", 7_000_216, message))
        }
        _ => {
            let message = format!(
                "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.",
                form.field("client_id")
            );
            Err(refusal(401, "invalid_client", 7_000_215, &message))
        }
    }
}
