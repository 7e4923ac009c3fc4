//! The TCP way to a machine: direct, or through an HTTP proxy's `CONNECT` (RFC 9110 §9.3.6).

use std::{io, net::Ipv6Addr};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};
use url::Url;

use super::direct::Pipe;

/// Buffered, because the machine's first bytes may come in one packet with the proxy's answer.
pub type Dialled = BufReader<Box<dyn Pipe>>;

/// A proxy's whole answer may be this long.
const ANSWER_LIMIT: u64 = 16 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("`{0}` is not an address")]
    Address(String),
    #[error("{at} can't be reached: {cause}")]
    Connect { at: String, cause: io::Error },
    #[error("{0} hung up without a word")]
    HungUp(String),
    #[error("the proxy {proxy} can't be used: only http:// is known")]
    Scheme { proxy: String },
    #[error("the proxy {proxy} refuses CONNECT {at}: {status}")]
    Refused { proxy: String, at: String, status: String },
    #[error("the proxy {proxy} did not answer CONNECT {at}: {cause}")]
    Silent { proxy: String, at: String, cause: String },
}

/// Connects to `address` (`host`, `host:port`, `[v6]:port`; port 22 without) and waits until it says something:
/// both sides of SSH greet unasked (RFC 4253 §4.2), so what stays silent is no machine of ours.
pub async fn dial(proxy: Option<&Url>, address: &str) -> Result<Dialled, DialError> {
    let (host, port) = split(address).ok_or_else(|| DialError::Address(address.to_owned()))?;
    let at = authority(&host, port);
    let stream = match proxy {
        None => connect(&host, port).await?,
        Some(proxy) => through(proxy, &at).await?,
    };
    greeting(stream, at).await
}

/// The same for a connection that is there already.
pub async fn greeted(pipe: io::Result<Box<dyn Pipe>>, address: &str) -> Result<Dialled, DialError> {
    let at = address.to_owned();
    match pipe {
        Ok(pipe) => greeting(BufReader::new(pipe), at).await,
        Err(cause) => Err(DialError::Connect { at, cause }),
    }
}

async fn greeting(mut stream: Dialled, at: String) -> Result<Dialled, DialError> {
    match stream.fill_buf().await {
        Ok([]) => Err(DialError::HungUp(at)),
        Ok(_) => Ok(stream),
        Err(cause) => Err(DialError::Connect { at, cause }),
    }
}

async fn connect(host: &str, port: u16) -> Result<Dialled, DialError> {
    let failed = |cause| DialError::Connect { at: authority(host, port), cause };
    let tcp = TcpStream::connect((host, port)).await.map_err(failed)?;
    tcp.set_nodelay(true).map_err(failed)?;
    Ok(BufReader::new(Box::new(tcp)))
}

async fn through(proxy: &Url, at: &str) -> Result<Dialled, DialError> {
    let shown = shown(proxy);
    let host = match (proxy.scheme(), proxy.host_str()) {
        ("http", Some(host)) => host.trim_matches(['[', ']']),
        _ => return Err(DialError::Scheme { proxy: shown }),
    };
    let mut stream = connect(host, proxy.port_or_known_default().unwrap_or(80)).await?;
    let silent = |cause: String| DialError::Silent { proxy: shown.clone(), at: at.to_owned(), cause };

    let request = format!("CONNECT {at} HTTP/1.1\r\nHost: {at}\r\n{}\r\n", authorization(proxy));
    stream.write_all(request.as_bytes()).await.map_err(|e| silent(e.to_string()))?;

    let mut answer = (&mut stream).take(ANSWER_LIMIT);
    let mut status = String::new();
    answer.read_line(&mut status).await.map_err(|e| silent(e.to_string()))?;
    let mut line = status.clone();
    while !line.trim_end().is_empty() {
        line.clear();
        answer.read_line(&mut line).await.map_err(|e| silent(e.to_string()))?;
    }
    if !line.ends_with('\n') {
        return Err(silent("it closed the connection, or talks no HTTP".to_owned()));
    }
    match status.trim_end().split_once(' ') {
        Some((version, code)) if version.starts_with("HTTP/1.") && code.starts_with('2') => Ok(stream),
        Some((version, code)) if version.starts_with("HTTP/1.") => {
            Err(DialError::Refused { proxy: shown, at: at.to_owned(), status: code.to_owned() })
        }
        _ => Err(silent("it talks no HTTP".to_owned())),
    }
}

/// `Proxy-Authorization` from the URL's user and password, if it has them.
fn authorization(proxy: &Url) -> String {
    if proxy.username().is_empty() {
        return String::new();
    }
    let mut pair = percent_decoded(proxy.username());
    pair.push(b':');
    pair.extend(percent_decoded(proxy.password().unwrap_or_default()));
    format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(pair))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                decoded.push(value);
                rest = &after[2..];
            }
            None => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    decoded
}

/// The proxy without its password.
pub fn shown(proxy: &Url) -> String {
    match (proxy.host_str(), proxy.port_or_known_default()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => proxy.scheme().to_owned(),
    }
}

fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn split(address: &str) -> Option<(String, u16)> {
    let (host, port) = if address.parse::<Ipv6Addr>().is_ok() {
        (address, 22)
    } else if let Some((v6, rest)) = address.strip_prefix('[').and_then(|a| a.split_once(']')) {
        v6.parse::<Ipv6Addr>().ok()?;
        (v6, rest.strip_prefix(':').map_or(Some(22).filter(|_| rest.is_empty()), |port| port.parse().ok())?)
    } else if let Some((host, port)) = address.split_once(':') {
        (host, port.parse().ok()?)
    } else {
        (address, 22)
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    // A leading dash would be an option to OpenSSH.
    (!host.is_empty() && !host.starts_with('-') && host.chars().all(plain)).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port_and_never_an_option() {
        for (text, host, port) in [
            ("20.1.2.3", "20.1.2.3", 22),
            ("127.0.0.1:2222", "127.0.0.1", 2222),
            ("claw-alice-1a2b.eastus2.cloudapp.azure.com", "claw-alice-1a2b.eastus2.cloudapp.azure.com", 22),
            ("::1", "::1", 22),
            ("[::1]:2222", "::1", 2222),
            ("[::1]", "::1", 22),
        ] {
            assert_eq!(split(text), Some((host.to_owned(), port)), "{text}");
        }
        for text in ["", ":22", "a b", "x\r\nHost: y", "a:99999", "[::1]x", "[nope]:1", "a:1:2", "-oProxyCommand"] {
            assert_eq!(split(text), None, "{text}");
        }
    }

    #[test]
    fn a_proxy_s_password_is_sent_and_never_shown() -> Result<(), url::ParseError> {
        let proxy = Url::parse("http://me:p%40ss%zz@proxy.example:3128/")?;
        assert_eq!(shown(&proxy), "proxy.example:3128");
        assert_eq!(authorization(&proxy), format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode("me:p@ss%zz")));
        Ok(())
    }
}
