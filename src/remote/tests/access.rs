//! Who may connect to what: host keys, private keys, timeouts.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::sshd::{Sshd, error, keygen, public, target, text};
use crate::remote::{Remote, RemoteErrorKind as Kind, RemoteSettings, TailEvent, host_keys::fingerprint};

fn nowhere(keys: Vec<std::path::PathBuf>) -> Remote {
    Remote::new(RemoteSettings { keys, limit: 2, ..RemoteSettings::default() })
}

#[tokio::test]
async fn another_host_key_is_refused_for_good_and_both_fingerprints_are_shown() {
    let Some(sshd) = Sshd::start() else { return };
    keygen(&sshd.path("other"), &["-t", "ed25519"]);
    let other = public(&sshd.path("other"));
    let (remote, target) = (sshd.remote(), target(&format!("127.0.0.1:{}", sshd.port), Some(&other)));

    let refused = error(remote.exec(&target, "true", b"").await);
    assert_eq!(refused.kind, Kind::HostKeyMismatch);
    for key in [&other, &sshd.host_key] {
        assert!(refused.message.contains(&fingerprint(key).unwrap()), "{refused}");
    }
    assert!(refused.remedy.is_some());

    // Nobody knocks again: the answer is the same with the server gone.
    drop(sshd);
    assert_eq!(error(remote.exec(&target, "true", b"").await).kind, Kind::HostKeyMismatch);
    let mut events = remote.tail(&target, "/etc/hostname");
    let ended = events.recv().await;
    assert!(matches!(&ended, Some(TailEvent::Ended(why)) if why.contains("SHA256:")), "{ended:?}");
    assert_eq!(events.recv().await, None);
    assert_eq!(remote.open(), 0);
}

#[tokio::test]
async fn without_a_pinned_key_nobody_connects() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let remote = nowhere(vec!["/nonexistent".into()]);
    for pin in [None, Some(""), Some("ssh-rsa AAAAB3NzaC1yc2E="), Some("ssh-ed25519 AAAA")] {
        let refused = error(remote.exec(&target(&address, pin), "true", b"").await);
        assert_eq!(refused.kind, Kind::HostKeyUnknown, "{pin:?}: {refused}");
        assert!(refused.remedy.is_some());
    }
    // Whoever connects now is the first that ever did.
    let probe = tokio::net::TcpStream::connect(&address).await.unwrap();
    let (_, first) = listener.accept().await.unwrap();
    assert_eq!(first, probe.local_addr().unwrap());
}

#[tokio::test]
async fn a_server_without_an_ed25519_key_is_not_ours() {
    let Some(sshd) = Sshd::start_with("ecdsa") else { return };
    let pinned = public(&sshd.path("key"));
    let target = target(&format!("127.0.0.1:{}", sshd.port), Some(&pinned));
    let refused = error(sshd.remote().exec(&target, "true", b"").await);
    assert_eq!(refused.kind, Kind::HostKeyMismatch, "{refused}");
    assert!(refused.message.contains("ecdsa-sha2-nistp256"), "{refused}");
}

#[tokio::test]
async fn keys_are_tried_in_order_and_rsa_works() {
    let Some(sshd) = Sshd::start() else { return };
    keygen(&sshd.path("stranger"), &["-t", "ed25519"]);
    keygen(&sshd.path("rsa"), &["-t", "rsa", "-b", "2048"]);
    std::fs::copy(sshd.path("rsa.pub"), sshd.path("authorized_keys")).unwrap();
    let mut settings = sshd.settings();
    settings.keys = vec![sshd.path("missing"), sshd.path("stranger"), sshd.path("rsa")];
    let output = Remote::new(settings).exec(&sshd.target(), "echo in", b"").await.unwrap();
    assert_eq!(text(&output), "in\n");
}

#[tokio::test]
async fn a_key_that_the_machine_does_not_know_is_an_auth_error_with_the_file_s_name() {
    let Some(sshd) = Sshd::start() else { return };
    keygen(&sshd.path("stranger"), &["-t", "ed25519"]);
    let mut settings = sshd.settings();
    settings.keys = vec![sshd.path("stranger")];
    let remote = Remote::new(settings);
    let refused = error(remote.exec(&sshd.target(), "true", b"").await);
    assert_eq!(refused.kind, Kind::Auth);
    assert!(refused.message.contains("stranger") && refused.remedy.is_some(), "{refused}");
    let ended = remote.tail(&sshd.target(), "/etc/hostname").recv().await;
    assert!(matches!(&ended, Some(TailEvent::Ended(_))), "{ended:?}");
}

#[tokio::test]
async fn unusable_key_files_are_named_each_with_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let locked = dir.path().join("locked");
    keygen(&locked, &["-t", "ed25519", "-N", "secret"]);
    let garbage = dir.path().join("garbage");
    std::fs::write(&garbage, "hello\n").unwrap();
    let pinned = public(&locked);
    let remote = nowhere(vec![locked, garbage, dir.path().join("missing")]);
    let refused = error(remote.exec(&target("127.0.0.1:9", Some(&pinned)), "true", b"").await);
    assert_eq!(refused.kind, Kind::Auth);
    for words in ["locked is protected by a passphrase", "garbage is no private key", "missing can't be read"] {
        assert!(refused.message.contains(words), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_falls_silent_is_given_up_after_eight_seconds() {
    let dir = tempfile::tempdir().unwrap();
    keygen(&dir.path().join("key"), &["-t", "ed25519"]);
    for greeting in [&b""[..], b"SSH-2.0-wedged\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = target(&listener.local_addr().unwrap().to_string(), Some(&public(&dir.path().join("key"))));
        let remote = nowhere(vec![dir.path().join("key")]);
        let machine = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            socket.write_all(greeting).await.unwrap();
            // The socket does not outlive the attempt.
            let mut said = Vec::new();
            socket.read_to_end(&mut said).await.unwrap();
            said
        };
        let (refused, said) = tokio::join!(remote.exec(&target, "true", b""), machine);
        let refused = error(refused);
        assert_eq!(refused.kind, Kind::Unreachable);
        assert!(refused.message.contains("within 8s"), "{refused}");
        assert_eq!(said.starts_with(b"SSH-2.0-claw_"), !greeting.is_empty());
        assert_eq!(remote.open(), 0);
    }
}
