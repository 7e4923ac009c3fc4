//! People who sign in: by password, by a refresh token, by a device code.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{
    Form,
    refusal::{numbered, refusal, unknown_client},
    ssh_cert,
};
use crate::sim::{
    account::Account,
    scenario::User,
    token::{self, Claims},
    wire::Response,
    world::World,
};

/// The Azure CLI, a public client that every tenant knows (azure.md §6.2).
pub const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const PLAIN: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// `grant_type=password`, as `az login -u -p` has it.
pub fn password(world: &World, tenant: &str, form: &Form) -> Response {
    let name = form.field("username");
    let Some(user) = world.scenario.users.iter().find(|user| user.upn.eq_ignore_ascii_case(name)) else {
        return numbered(50034);
    };
    if user.sign_in.password.as_deref() != Some(form.field("password")) {
        return numbered(50126);
    }
    token_for(world, user, tenant, form)
}

/// `grant_type=refresh_token`. A used token stays good, as Entra's do.
pub fn refresh(world: &World, tenant: &str, form: &Form) -> Response {
    let id = world.state().entra.refresh_tokens.get(form.field("refresh_token")).cloned();
    match id.and_then(|id| world.scenario.users.iter().find(|user| user.id == id)) {
        Some(user) => token_for(world, user, tenant, form),
        None => {
            let message = "AADSTS9002313: Invalid request. Request is malformed or invalid.";
            refusal(400, "invalid_grant", 9_002_313, message)
        }
    }
}

/// The answer for a user who proved who they are, unless the scenario or the directory refuses them.
pub fn token_for(world: &World, user: &User, tenant: &str, form: &Form) -> Response {
    let client = form.field("client_id");
    let account = world.state().account.clone();
    if client != AZURE_CLI && !client.eq_ignore_ascii_case(&account.client_id) {
        return unknown_client(client, tenant);
    }
    if !user.enabled {
        return numbered(50057);
    }
    let so_far = {
        let mut state = world.state();
        let issued = state.entra.issued.entry(user.id.clone()).or_default();
        *issued += 1;
        *issued - 1
    };
    if let Some(code) = user.sign_in.refuse.filter(|_| so_far >= user.sign_in.refuse_after) {
        return numbered(code);
    }
    if form.field("token_type") == "ssh-cert" {
        return ssh_cert::answer(world, user, form)
            .map_or_else(|refused| refused, |body| finish(world, user, form, body));
    }
    let resource = resource(&account, form.field("scope"));
    let access = token::issue_user(&account, &user.id, &user.upn, client, &resource, token::LIFETIME);
    if !form.field("claims").is_empty() {
        world.state().entra.answered.push(access.clone());
    }
    let body = json!({
        "token_type": "Bearer",
        "scope": format!("{resource}/user_impersonation {resource}/.default"),
        "expires_in": token::LIFETIME,
        "ext_expires_in": token::LIFETIME,
        "access_token": access,
    });
    finish(world, user, form, body)
}

/// What goes along with any token of a user's: a refresh token, an ID token, the account (MSAL's `client_info`).
fn finish(world: &World, user: &User, form: &Form, mut body: Value) -> Response {
    let account = world.state().account.clone();
    let mut more = Map::new();
    let scopes: Vec<&str> = form.field("scope").split(' ').collect();
    if scopes.contains(&"offline_access") {
        let refresh = format!("1.{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
        world.state().entra.refresh_tokens.insert(refresh.clone(), user.id.clone());
        more.insert("refresh_token".into(), json!(refresh));
        more.insert("foci".into(), json!("1"));
    }
    if scopes.contains(&"openid") {
        let client = form.field("client_id");
        more.insert("id_token".into(), json!(token::id_token(&account, &user.id, &user.upn, &user.name, client)));
    }
    if form.field("client_info") == "1" {
        more.insert("client_info".into(), json!(token::client_info(&account, &user.id)));
    }
    if let Value::Object(fields) = &mut body {
        fields.extend(more);
    }
    Response::json(200, &body)
}

/// The resource that the scopes name; Graph when they name none. `https://management.core.windows.net//.default` keeps its own slash.
fn resource(account: &Account, scope: &str) -> String {
    let graph = || format!("https://{}", account.cloud.hosts().graph);
    let asked = scope.split(' ').find(|s| !s.is_empty() && !PLAIN.contains(s));
    let resource = asked.and_then(|s| s.rsplit_once('/')).map(|(resource, _)| resource);
    resource.filter(|r| r.contains("://")).map_or_else(graph, str::to_owned)
}

/// The refusal of a good token whose user must sign in afresh (continuous access evaluation, azure.md §2.4).
pub fn challenge(world: &World, claims: &Claims, given: &str) -> Option<Response> {
    let user = world.scenario.users.iter().find(|user| user.id.eq_ignore_ascii_case(&claims.object_id))?;
    let wanted = user.sign_in.claims_challenge.as_deref()?;
    let state = world.state();
    if state.entra.answered.iter().any(|answered| answered == given) {
        return None;
    }
    let challenge = challenge_header(&state.account, wanted);
    let message = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp";
    Some(Response::error(401, "InvalidAuthenticationToken", message).header("www-authenticate", challenge))
}

fn challenge_header(account: &Account, claims: &str) -> String {
    format!(
        "Bearer realm=\"\", authorization_uri=\"{}/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\", error=\"insufficient_claims\", claims=\"{}\"",
        account.cloud.hosts().authority(&account.tenant),
        STANDARD.encode(claims)
    )
}
