//! Commands, their input, output and exit codes.

use tokio::sync::mpsc;

use super::sshd::{Sshd, error, text};
use crate::remote::{Chunk, RemoteErrorKind as Kind};

#[tokio::test]
async fn exit_codes_signals_and_both_outputs() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, target) = (sshd.remote(), sshd.target());
    let output = remote.exec(&target, "echo out; echo err >&2; exit 7", b"").await.unwrap();
    assert_eq!((output.code, &*output.stdout, &*output.stderr), (7, &b"out\n"[..], &b"err\n"[..]));
    assert_eq!(remote.exec(&target, "kill -9 $$", b"").await.unwrap().code, 255);
    assert_eq!(remote.exec(&target, "no-such-command", b"").await.unwrap().code, 127);
    assert_eq!(sshd.accepted(), 1, "one connection for all of it");
}

#[tokio::test]
async fn input_of_any_size_also_when_nobody_reads_it() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, target) = (sshd.remote(), sshd.target());
    let input = vec![b'x'; 3_000_000];
    assert_eq!(text(&remote.exec(&target, "wc -c", &input).await.unwrap()).trim(), "3000000");
    assert_eq!(text(&remote.exec(&target, "cat", b"a\0b").await.unwrap()), "a\0b");
    assert_eq!(text(&remote.exec(&target, "echo deaf", &input).await.unwrap()), "deaf\n");
}

#[tokio::test]
async fn output_is_capped_and_says_so() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, target) = (sshd.remote(), sshd.target());
    let much = remote.exec(&target, "head -c 5000000 /dev/zero; echo end >&2", b"").await.unwrap();
    assert_eq!((much.stdout.len(), much.truncated, &*much.stderr), (1024 * 1024, true, &b"end\n"[..]));
    let exact = remote.exec(&target, "head -c 1048576 /dev/zero", b"").await.unwrap();
    assert_eq!((exact.stdout.len(), exact.truncated), (1024 * 1024, false));
}

#[tokio::test]
async fn a_command_cut_off_is_lost_and_not_run_again() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, target) = (sshd.remote(), sshd.target());
    let command = format!("echo run >> {}; kill -KILL $PPID; sleep 60", sshd.text("runs"));
    assert_eq!(error(remote.exec(&target, &command, b"").await).kind, Kind::Lost);
    assert_eq!(std::fs::read_to_string(sshd.path("runs")).unwrap(), "run\n");
    assert_eq!(text(&remote.exec(&target, "echo back", b"").await.unwrap()), "back\n");
}

#[tokio::test]
async fn a_stream_passes_output_on_as_it_comes_and_ends_with_its_reader() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, target) = (sshd.remote(), sshd.target());
    let (out, mut chunks) = mpsc::channel(4);
    let running = tokio::spawn({
        let (remote, target) = (remote.clone(), target.clone());
        async move { remote.stream(&target, "echo one; read line < /dev/null; echo two >&2; exit 3", out).await }
    });
    let mut got = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        got.push(chunk);
    }
    assert_eq!(running.await.unwrap().unwrap(), 3);
    assert!(got.contains(&Chunk::Stdout(b"one\n".to_vec())) && got.contains(&Chunk::Stderr(b"two\n".to_vec())));

    let (out, mut chunks) = mpsc::channel(4);
    let endless = tokio::spawn({
        let (remote, target) = (remote.clone(), target.clone());
        async move { remote.stream(&target, "yes", out).await }
    });
    assert!(chunks.recv().await.is_some());
    // A reader that rests holds up its own command only.
    assert_eq!(text(&remote.exec(&target, "echo free", b"").await.unwrap()), "free\n");
    assert_eq!(remote.open(), 2);
    drop(chunks);
    assert_eq!(error(endless.await.unwrap()).kind, Kind::Lost);
}
