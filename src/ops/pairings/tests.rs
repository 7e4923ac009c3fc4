//! How claw reads a real gateway's devices.

use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::{
    fleet::pairing::PENDING_LIFETIME,
    ops::gateway::devices,
    remote::tests::{openclaw::sshd, real_gateway::OpenClaw},
};

#[tokio::test]
async fn requests_expire_and_what_a_device_had_is_known() {
    let Some(openclaw) = OpenClaw::start() else { return };
    let Some(sshd) = sshd(&openclaw, "") else { return };
    let remote = sshd.remote().with_gateway_port(openclaw.port);
    let gateway = remote.gateway(&sshd.target()).await.unwrap();
    let list = async |later: Duration| devices(&gateway, "m", OffsetDateTime::now_utc() + later).await.unwrap();

    let asked = openclaw.knock("phone", "operator.read,operator.write");
    let (pending, _) = list(Duration::ZERO).await;
    assert_eq!((pending.len(), pending[0].asks_for().as_str()), (1, "read write"));
    assert_eq!(pending[0].request_id, asked["requestId"]);
    assert_eq!(list(PENDING_LIFETIME).await.0, [], "five minutes on, nobody is shown who gave up");
    gateway.call("device.pair.approve", json!({"requestId": pending[0].request_id})).await.unwrap();

    openclaw.knock("phone", "operator.read,operator.admin");
    let (pending, paired) = list(Duration::ZERO).await;
    assert_eq!((pending[0].added(), pending[0].is_repair), (vec!["operator.admin"], true));
    assert_eq!((paired[0].scopes.join(" ").as_str(), paired[0].roles.len()), ("operator.read operator.write", 1));

    // Whatever it had is void once it is revoked: approving gives it everything anew.
    let role = json!({"deviceId": paired[0].device_id, "role": "operator"});
    gateway.call("device.token.revoke", role).await.unwrap();
    let (pending, paired) = list(Duration::ZERO).await;
    assert_eq!((pending[0].had.len(), paired[0].roles.len(), paired[0].scopes.len()), (0, 0, 0));
}
