//! How claw reads a real gateway's devices.

use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::{
    fleet::pairing::PENDING_LIFETIME,
    ops::{
        gateway::{channel_requests, devices},
        pairings::{Decision, channels::settle},
    },
    remote::tests::{
        openclaw::sshd,
        real_gateway::{OpenClaw, Telegram},
    },
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

/// A stranger writes to a Telegram bot, and OpenClaw itself makes a pending pairing of that. On threads: OpenClaw's own
/// command line takes its time, and a gateway drops a client that reads nothing meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn somebody_who_writes_to_a_real_bot_is_shown_and_let_in() {
    let mut telegram = Telegram::start();
    let Some(openclaw) = OpenClaw::with(&telegram.channels()) else { return };
    let Some(sshd) = sshd(&openclaw, "") else { return };
    let remote = sshd.remote().with_gateway_port(openclaw.port);
    let gateway = remote.gateway(&sshd.target()).await.unwrap();
    let list = async |later| channel_requests(&gateway, "m", OffsetDateTime::now_utc() + later).await.unwrap();
    let its_own = || openclaw.says(&["pairing", "list", "telegram", "--json"])["requests"].clone();

    assert!(telegram.hears().contains("Pairing code"), "the bot tells the stranger to ask for approval");
    let asked = list(Duration::ZERO).await;
    let [request] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((request.channel.as_str(), request.account_id.as_str()), ("telegram", "default"));
    assert_eq!(request.sender_id, "4242001");
    assert!(request.who().contains("Sam") && request.who().contains("sam_stranger"), "{}", request.who());
    assert_eq!(its_own()[0]["id"], "4242001", "the gateway's own command line knows the same one");
    let lifetime = request.expires_at.unwrap() - request.requested_at.unwrap();
    assert_eq!((lifetime, list(lifetime).await.len()), (Duration::HOUR, 0));
    assert_eq!(openclaw.lets_in("telegram"), json!([]));

    settle(&gateway, request, Decision::Approve).await.unwrap();
    assert_eq!(list(Duration::ZERO).await, []);
    assert_eq!(its_own(), json!([]));
    assert_eq!(openclaw.lets_in("telegram"), json!(["4242001"]), "exactly this one");
    let again = settle(&gateway, request, Decision::Approve).await.unwrap_err();
    assert!(again.to_string().contains("no longer exists"), "{again}");
}
