//! Connections: shared, bounded, replaced, and no hammering.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use tokio::{io::AsyncWriteExt, net::TcpListener, time::Instant};

use super::sshd::{Sshd, error, keygen, next, public, signal, target, text};
use crate::remote::{Remote, RemoteErrorKind as Kind, RemoteSettings, TailEvent, Target};

#[tokio::test]
async fn everybody_shares_one_connection_and_a_dropped_one_is_replaced() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, target) = (sshd.remote(), sshd.target());
    let all = join_all((0..20).map(|i| {
        let (remote, target) = (&remote, &target);
        async move { text(&remote.exec(target, &format!("echo {i}"), b"").await.unwrap()) }
    }));
    assert_eq!(all.await, (0..20).map(|i| format!("{i}\n")).collect::<Vec<_>>());
    assert_eq!((sshd.accepted(), remote.open()), (1, 1));

    sshd.kill_session(&remote).await;
    assert_eq!(text(&remote.exec(&target, "echo again", b"").await.unwrap()), "again\n");
    assert_eq!(sshd.accepted(), 2);
}

#[tokio::test]
async fn an_idle_connection_makes_room_and_a_busy_one_does_not() {
    let (Some(one), Some(two)) = (Sshd::start(), Sshd::start()) else { return };
    std::fs::copy(one.path("key.pub"), two.path("authorized_keys")).unwrap();
    let remote = Remote::new(RemoteSettings { limit: 1, ..one.settings() });
    for _ in 0..3 {
        for sshd in [&one, &two] {
            assert_eq!(text(&remote.exec(&sshd.target(), "echo in", b"").await.unwrap()), "in\n");
            assert_eq!(remote.open(), 1);
        }
    }
    assert_eq!((one.accepted(), two.accepted()), (3, 3));

    std::fs::write(one.path("log"), "busy\n").unwrap();
    let mut tail = remote.tail(&one.target(), &one.text("log"));
    assert_eq!(next(&mut tail).await, TailEvent::Line("busy".into()));
    let (target, other) = (two.target(), remote.clone());
    let mut waiting = tokio::spawn(async move { other.exec(&target, "echo at last", b"").await });
    // The tail is served while the other waits; when it is dropped, the other's turn comes.
    std::fs::write(one.path("log"), "busy\nstill\n").unwrap();
    while next(&mut tail).await != TailEvent::Line("still".into()) {}
    assert_eq!(two.accepted(), 3);
    assert!(futures::poll!(&mut waiting).is_pending());
    drop(tail);
    assert_eq!(text(&waiting.await.unwrap().unwrap()), "at last\n");
}

/// A machine that accepts and hangs up, and counts.
async fn dead(dir: &tempfile::TempDir) -> (Remote, Target, Arc<AtomicUsize>) {
    keygen(&dir.path().join("key"), &["-t", "ed25519"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = target(&listener.local_addr().unwrap().to_string(), Some(&public(&dir.path().join("key"))));
    let knocks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&knocks);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let keys = vec![dir.path().join("key")];
    let settings = RemoteSettings { keys, limit: 4, ..RemoteSettings::default() };
    (Remote::new(settings), target, knocks)
}

#[tokio::test(start_paused = true)]
async fn a_dead_machine_is_asked_once_for_all_who_wait_and_rarely_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let (remote, target, knocks) = dead(&dir).await;
    let all = join_all((0..20).map(|_| remote.exec(&target, "true", b""))).await;
    assert!(all.into_iter().all(|result| error(result).kind == Kind::Unreachable));
    assert_eq!(knocks.load(Ordering::SeqCst), 1);

    // Who queued behind an attempt shares its answer, even when they come to ask long after.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut first = Box::pin(remote.exec(&target, "true", b""));
    let mut second = Box::pin(remote.exec(&target, "true", b""));
    assert!(futures::poll!(&mut first).is_pending() && futures::poll!(&mut second).is_pending());
    error(first.await);
    tokio::time::sleep(Duration::from_secs(1)).await;
    error(second.await);
    assert_eq!(knocks.load(Ordering::SeqCst), 2);

    // Asking ten times a second for a minute: 250 ms, 500 ms, 1 s, 2 s, 4 s, then every 8 s.
    let (from, mut last) = (Instant::now(), String::new());
    while from.elapsed() < Duration::from_secs(60) {
        last = error(remote.exec(&target, "true", b"").await).message;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let knocked = knocks.load(Ordering::SeqCst);
    assert!((11..=14).contains(&knocked), "{knocked}");
    assert!(last.contains("127.0.0.1"), "{last}");
}

#[tokio::test(start_paused = true)]
async fn a_tail_waits_longer_after_each_failure() {
    let dir = tempfile::tempdir().unwrap();
    let (remote, target, knocks) = dead(&dir).await;
    let mut events = remote.tail(&target, "/var/log/x");
    let mut waits = Vec::new();
    while waits.len() < 8 {
        match events.recv().await {
            Some(TailEvent::Reconnecting { after, .. }) => waits.push(after.as_millis()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
    assert_eq!(knocks.load(Ordering::SeqCst), 8);
}

#[tokio::test]
async fn dead_machines_delay_nobody() {
    let Some(sshd) = Sshd::start() else { return };
    let remote = Remote::new(RemoteSettings { limit: 1, ..sshd.settings() });
    // It accepts and says nothing: the attempt lasts until its timeout.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = target(&silent.local_addr().unwrap().to_string(), Some(&sshd.host_key));
    let other = remote.clone();
    let hanging = tokio::spawn(async move { other.exec(&dead, "true", b"").await });
    let (socket, _) = silent.accept().await.unwrap();
    assert_eq!(text(&remote.exec(&sshd.target(), "echo alive", b"").await.unwrap()), "alive\n");
    assert!(!hanging.is_finished());
    hanging.abort();
    drop(socket);
}

#[tokio::test]
async fn a_server_that_dies_in_mid_dial_is_noticed_at_once_and_found_again() {
    let Some(mut sshd) = Sshd::start() else { return };
    std::fs::write(sshd.path("log"), "first\n").unwrap();
    // The system takes the connection, and nobody greets on it.
    signal("-STOP", &sshd.pid());
    let mut events = sshd.remote().tail(&sshd.target(), &sshd.text("log"));
    let taken = format!("until ss -Htn state established 'dport = :{}' | grep -q .; do :; done", sshd.port);
    let taken = tokio::process::Command::new("sh").args(["-c", &taken]).status().await.unwrap();
    assert!(taken.success());
    sshd.stop();
    let TailEvent::Reconnecting { error, .. } = next(&mut events).await else { panic!("it goes on") };
    assert!(error.contains("reset") || error.contains("hung up"), "not its time limit: {error}");

    // And one that dies between greeting and keys.
    let listener = TcpListener::bind(("127.0.0.1", sshd.port)).await.unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n").await.unwrap();
    drop((stream, listener));
    let TailEvent::Reconnecting { error, .. } = next(&mut events).await else { panic!("it goes on") };
    assert!(!error.contains("8s"), "not its time limit: {error}");

    sshd.start_again();
    let line = loop {
        match next(&mut events).await {
            TailEvent::Reconnecting { .. } => {}
            other => break other,
        }
    };
    assert_eq!(line, TailEvent::Line("first".into()));
}
