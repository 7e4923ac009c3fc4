//! A page that signs a browser in once: its address is secret and short-lived, and it leads to the gateway with the
//! token in the fragment, where OpenClaw's own dashboard looks for it and no server sees it.
//!
//! The browser is started with this page's address, not with the token: whoever lists processes sees arguments.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

const LIFETIME: Duration = Duration::from_secs(300);
/// For one browser to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of a request; its first line is enough.
const LONGEST: usize = 8192;

pub struct KeyPage {
    listener: TcpListener,
    path: String,
    gateway: String,
    token: SecretString,
    /// The address that works once.
    pub link: String,
}

impl KeyPage {
    pub async fn bind(gateway: &str, token: SecretString) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let path = format!("/{}", uuid::Uuid::new_v4().simple());
        let link = format!("http://127.0.0.1:{}{path}", listener.local_addr()?.port());
        Ok(Self { listener, path, gateway: gateway.to_owned(), token, link })
    }

    /// Answers until the right question came, or nobody asked it in time.
    pub async fn serve(self, cancel: CancellationToken) {
        let Self { listener, path, gateway, token, .. } = self;
        let asked = async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                if matches!(tokio::time::timeout(PATIENCE, asks(&mut stream, &path)).await, Ok(Ok(true))) {
                    // Before the answer: nobody comes second.
                    drop(listener);
                    let place = format!("Location: {gateway}#token={}\r\n", escaped(&token));
                    answer(stream, &format!("303 See Other\r\n{place}")).await;
                    return;
                }
                answer(stream, "404 Not Found\r\n").await;
            }
        };
        tokio::select! {
            () = cancel.cancelled() => {}
            _ = tokio::time::timeout(LIFETIME, asked) => {}
        }
    }
}

/// Whether it is the right question.
async fn asks(stream: &mut TcpStream, path: &str) -> std::io::Result<bool> {
    let mut request = Vec::new();
    while !request.windows(4).any(|w| w == b"\r\n\r\n") && request.len() < LONGEST {
        if stream.read_buf(&mut request).await? == 0 {
            break;
        }
    }
    let line = String::from_utf8_lossy(&request);
    Ok(line.lines().next() == Some(format!("GET {path} HTTP/1.1").as_str()))
}

/// A browser that does not take it asks again, or its person does.
async fn answer(mut stream: TcpStream, head: &str) {
    let rest =
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let whole = format!("HTTP/1.1 {head}{rest}");
    let sent = async {
        stream.write_all(whole.as_bytes()).await?;
        stream.shutdown().await
    };
    let _ = tokio::time::timeout(PATIENCE, sent).await;
}

/// As a fragment takes it.
fn escaped(token: &SecretString) -> String {
    url::form_urlencoded::byte_serialize(token.expose_secret().as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(link: &str, path: &str) -> String {
        let host = link.strip_prefix("http://").and_then(|l| l.split('/').next()).unwrap();
        let Ok(mut stream) = TcpStream::connect(host).await else { return String::new() };
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn the_page_works_once_and_for_nobody_who_guesses() {
        let page = KeyPage::bind("http://127.0.0.1:1/", SecretString::from("a b&c")).await.unwrap();
        let link = page.link.clone();
        assert!(!link.contains("a b"));
        let path = link[link.rfind('/').unwrap()..].to_owned();
        let served = tokio::spawn(page.serve(CancellationToken::new()));
        let wrong = ask(&link, "/guess").await;
        assert!(wrong.starts_with("HTTP/1.1 404") && !wrong.contains("token"));
        let right = ask(&link, &path).await;
        assert!(right.contains("Location: http://127.0.0.1:1/#token=a+b%26c\r\n"), "{right}");
        served.await.unwrap();
        assert_eq!(ask(&link, &path).await, "", "closed");
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_nobody_asks_for_is_gone_after_five_minutes() {
        let page = KeyPage::bind("http://127.0.0.1:1/", SecretString::from("t")).await.unwrap();
        let link = page.link.clone();
        let begun = tokio::time::Instant::now();
        page.serve(CancellationToken::new()).await;
        assert_eq!(begun.elapsed().as_secs(), 5 * 60);
        assert_eq!(ask(&link, &link[link.rfind('/').unwrap()..]).await, "");
    }
}
