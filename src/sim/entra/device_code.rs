//! The device code flow (RFC 8628): a code that somebody types elsewhere, and polls until they have.

use serde_json::json;
use uuid::Uuid;

use super::{
    Form,
    memory::Device,
    refusal::{refusal, unknown_client},
    user,
};
use crate::sim::{wire::Response, world::World};

/// `POST …/devicecode`.
pub fn begin(world: &World, tenant: &str, form: &Form) -> Response {
    let client = form.field("client_id");
    if client != user::AZURE_CLI && !client.eq_ignore_ascii_case(&world.state().account.client_id) {
        return unknown_client(client, tenant);
    }
    let script = &world.scenario.entra.device_code;
    let code = format!("embedded.{}", Uuid::new_v4().simple());
    let user_code = Uuid::new_v4().simple().to_string()[..9].to_uppercase();
    let device = Device { begun: world.clock.now(), last_poll: None, polls: 0 };
    world.state().entra.devices.insert(code.clone(), device);
    let page = world.scenario.cloud.hosts().device_login;
    Response::json(
        200,
        &json!({
            "user_code": user_code,
            "device_code": code,
            "verification_uri": page,
            "expires_in": script.lifetime.as_secs(),
            "interval": script.interval.as_secs(),
            "message": format!(
                "To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."
            ),
        }),
    )
}

/// One poll: `authorization_pending`, `slow_down`, `expired_token`, `authorization_declined`, or the tokens.
pub fn poll(world: &World, tenant: &str, form: &Form) -> Response {
    let script = &world.scenario.entra.device_code;
    let now = world.clock.now();
    let code = form.field("device_code");
    let (age, since_last, polls) = {
        let mut state = world.state();
        let Some(device) = state.entra.devices.get_mut(code) else {
            let message = "AADSTS70000: Provided grant is invalid or malformed.";
            return refusal(400, "invalid_grant", 70000, message);
        };
        let since_last = device.last_poll.replace(now).map(|last| now - last);
        device.polls += 1;
        (now - device.begun, since_last, device.polls)
    };
    if age >= script.lifetime {
        let message = "AADSTS70020: The provided value for the input parameter 'device_code' is not valid. This device code has expired.";
        return refusal(400, "expired_token", 70020, message);
    }
    if since_last.is_some_and(|since| since < script.interval) {
        let message = "AADSTS90024: RequestBudgetExceededException - the client polls too often.";
        return refusal(400, "slow_down", 90024, message);
    }
    let typed = script.user.as_deref().filter(|_| polls > script.pending);
    let person = typed.and_then(|upn| world.scenario.users.iter().find(|user| user.upn.eq_ignore_ascii_case(upn)));
    match person {
        None => {
            let message = "AADSTS70016: OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
            refusal(400, "authorization_pending", 70016, message)
        }
        Some(_) if script.declined => {
            let message = "AADSTS70018: The user declined the sign-in.";
            refusal(400, "authorization_declined", 70018, message)
        }
        Some(person) => {
            world.state().entra.devices.remove(code);
            user::token_for(world, person, tenant, form)
        }
    }
}
