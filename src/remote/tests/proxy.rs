//! Through an HTTP proxy's CONNECT.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use super::sshd::{Sshd, error, keygen, public, target, text};
use crate::remote::{Remote, RemoteErrorKind as Kind, RemoteSettings};

/// A proxy that answers `answer`, and tunnels if that is a yes. Gives the requests it saw.
async fn proxy(answer: &'static str) -> (url::Url, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://me:word@{}/", listener.local_addr().unwrap()).parse().unwrap();
    let seen = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let mut client = BufReader::new(client);
            let mut head = String::new();
            while client.read_line(&mut head).await.unwrap() > 2 {}
            kept.lock().unwrap().push_str(&head);
            client.write_all(answer.as_bytes()).await.unwrap();
            if answer.contains(" 200 Connection") {
                let mut machine = TcpStream::connect(head.split(' ').nth(1).unwrap()).await.unwrap();
                tokio::spawn(async move { copy_bidirectional(&mut client, &mut machine).await });
            }
        }
    });
    (url, seen)
}

#[tokio::test]
async fn ssh_goes_through_and_the_proxy_is_asked_properly() {
    let Some(sshd) = Sshd::start() else { return };
    let (url, seen) = proxy("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n").await;
    let remote = Remote::new(RemoteSettings { proxy: Some(url), ..sshd.settings() });
    assert_eq!(text(&remote.exec(&sshd.target(), "echo through", b"").await.unwrap()), "through\n");
    let port = sshd.port;
    assert_eq!(
        *seen.lock().unwrap(),
        format!(
            "CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
             Proxy-Authorization: Basic bWU6d29yZA==\r\n\r\n"
        )
    );
}

#[tokio::test]
async fn a_refusal_shows_status_and_reason_and_no_password() {
    let dir = tempfile::tempdir().unwrap();
    keygen(&dir.path().join("key"), &["-t", "ed25519"]);
    let pinned = public(&dir.path().join("key"));
    for (answer, shown) in [
        ("HTTP/1.1 403 Not for you\r\nContent-Length: 0\r\n\r\n", "403 Not for you"),
        ("HTTP/1.0 502 Bad\u{1b}[2J Gateway\r\n\r\n", "502 Bad [2J Gateway"),
        ("SSH-2.0-no proxy at all\r\n\r\n", "talks no HTTP"),
        ("HTTP/1.1 299 and then nothing", "did not answer"),
    ] {
        let (url, _) = proxy(answer).await;
        let keys = vec![dir.path().join("key")];
        let remote = Remote::new(RemoteSettings { proxy: Some(url), keys, ..RemoteSettings::default() });
        let refused = error(remote.exec(&target("20.1.2.3", Some(&pinned)), "true", b"").await);
        assert_eq!(refused.kind, Kind::Unreachable);
        assert!(refused.message.contains(shown) && refused.message.contains("20.1.2.3:22"), "{refused}");
        assert!(!refused.message.contains("word"), "{refused}");
    }
}
