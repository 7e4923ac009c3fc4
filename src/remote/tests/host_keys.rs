//! Host keys: taken on request only, and held to from then on; a machine made anew.

use super::sshd::{Sshd, error, kill, next, target, text};
use crate::remote::{Remote, RemoteErrorKind as Kind, RemoteSettings, TailEvent, host_keys::fingerprint};

#[tokio::test]
async fn a_new_key_is_taken_on_request_only_and_held_to_from_then_on() {
    let Some(mut sshd) = Sshd::start() else { return };
    let unpinned = target(&format!("127.0.0.1:{}", sshd.port), None);
    let refused = error(sshd.remote().exec(&unpinned, "true", b"").await);
    assert_eq!(refused.kind, Kind::HostKeyUnknown);
    assert!(refused.remedy.is_some_and(|remedy| remedy.contains("--accept-new-host-key")));
    assert_eq!(sshd.accepted(), 0);

    let accepting = Remote::new(RemoteSettings { accept_new_host_keys: true, ..sshd.settings() });
    assert_eq!(text(&accepting.exec(&unpinned, "echo in", b"").await.unwrap()), "in\n");
    assert_eq!(accepting.sign_in(&unpinned).await.unwrap().1, sshd.host_key, "what is shown to people");

    let first = sshd.host_key.clone();
    let session = text(&accepting.exec(&unpinned, "echo $PPID", b"").await.unwrap());
    kill(session.trim());
    sshd.rebuild();
    let changed = error(accepting.exec(&unpinned, "true", b"").await);
    assert_eq!(changed.kind, Kind::HostKeyMismatch, "{changed}");
    for key in [&first, &sshd.host_key] {
        assert!(changed.message.contains(&fingerprint(key).unwrap()), "{changed}");
    }
}

#[tokio::test]
async fn asking_for_new_keys_does_not_loosen_a_pin() {
    let Some(mut sshd) = Sshd::start() else { return };
    let pinned = sshd.target();
    sshd.rebuild();
    let remote = Remote::new(RemoteSettings { accept_new_host_keys: true, ..sshd.settings() });
    assert_eq!(error(remote.exec(&pinned, "true", b"").await).kind, Kind::HostKeyMismatch);
    let broken = target(&format!("127.0.0.1:{}", sshd.port), Some("ssh-rsa AAAAB3NzaC1yc2E="));
    assert_eq!(error(remote.exec(&broken, "true", b"").await).kind, Kind::HostKeyUnknown);
}

#[tokio::test]
async fn a_machine_made_anew_is_known_by_its_new_tag() {
    let Some(mut sshd) = Sshd::start() else { return };
    let (remote, before) = (sshd.remote(), sshd.target());
    std::fs::write(sshd.path("log"), "old\n").unwrap();
    let mut tail = remote.tail(&before, &sshd.text("log"));
    assert_eq!(next(&mut tail).await, TailEvent::Line("old".into()));
    sshd.kill_session(&remote).await;
    sshd.rebuild();
    // The tail may try again while nothing listens; then it meets the new machine, and stays away.
    let ended = loop {
        match next(&mut tail).await {
            TailEvent::Reconnecting { .. } => {}
            other => break other,
        }
    };
    assert!(
        matches!(&ended, TailEvent::Ended(why) if why.contains(&fingerprint(&sshd.host_key).unwrap())),
        "{ended:?}"
    );
    assert_eq!(error(remote.exec(&before, "true", b"").await).kind, Kind::HostKeyMismatch);
    assert_eq!(text(&remote.exec(&sshd.target(), "echo anew", b"").await.unwrap()), "anew\n");
}
