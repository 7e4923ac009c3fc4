//! What machines send, as bytes (`crate::fuzz`).

use std::time::Duration;

use russh::keys::Certificate;
use tokio::{
    io::{AsyncWriteExt, copy, join, sink},
    time::timeout,
};

use super::{
    GatewayEvent, auth, gateway, host_keys,
    lines::{Line, Lines},
    values::Output,
};

/// Of a line, and the words that say how much was left out.
const LINE: usize = 16 * 1024 + 64;

/// What the frames of a gateway's WebSocket carry once they are put together, and answers of its command line.
pub fn messages(data: &[u8]) -> Result<(), String> {
    gateway::read_any(&String::from_utf8_lossy(data));
    for code in [0, 1, 123] {
        let output = Output { code, stdout: data.to_vec(), stderr: data.to_vec(), truncated: false };
        if let Some(shown) = gateway::refusal_of(&output)
            && shown.chars().any(char::is_control)
        {
            return Err(format!("control characters in {shown:?}"));
        }
    }
    Ok(())
}

/// How long bytes that are all there may take to be read.
const HANG: Duration = Duration::from_secs(10);

/// A gateway's WebSocket: the bytes that answer its upgrade, and the frames after it. However they arrive they are read
/// the same, to their end, and a message beyond claw's bound is left at its header.
pub fn frames(data: &[u8]) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(|e| e.to_string())?;
    let (whole, pieces, upgrade) = runtime.block_on(async {
        let whole = timeout(HANG, gateway::hear(join(data, sink()))).await;
        let pieces = timeout(HANG, in_pieces(data)).await;
        (whole, pieces, timeout(HANG, gateway::upgrade(join(data, sink()))).await)
    });
    let (Ok((reason, events)), Ok(pieces), Ok(upgrade)) = (whole, pieces, upgrade) else {
        return Err(format!("not read to its end within {HANG:?}"));
    };
    if (&reason, &events) != (&pieces.0, &pieces.1) {
        return Err(format!("{reason:?} or {:?}, as the bytes arrive", pieces.0));
    }
    if reason.is_empty()
        || reason.chars().any(char::is_control)
        || events.iter().any(|e| !e.event.starts_with(gateway::KEPT))
    {
        return Err(format!("it ended with {reason:?} after {events:?}"));
    }
    if declared(data).is_some_and(|length| length > gateway::MESSAGE as u64) && !reason.contains("too long") {
        return Err(format!("a message beyond the bound ends with {reason:?}"));
    }
    // Nobody can know the key of this upgrade.
    match upgrade.map(|error| error.to_string()) {
        Some(error) if !error.chars().any(char::is_control) && !error.contains("MARKER-5ecret") => Ok(()),
        other => Err(format!("an upgrade ended with {other:?}")),
    }
}

/// Seven bytes at a time, each way.
async fn in_pieces(data: &[u8]) -> (String, Vec<GatewayEvent>) {
    let (near, far) = tokio::io::duplex(7);
    let (mut from_claw, mut to_claw) = tokio::io::split(far);
    let send = async {
        let _ = to_claw.write_all(data).await;
        let _ = to_claw.shutdown().await;
    };
    let mut nowhere = sink();
    tokio::join!(gateway::hear(near), send, copy(&mut from_claw, &mut nowhere)).0
}

/// How long the first frame says it is, where it is a whole message without extensions or a mask.
fn declared(data: &[u8]) -> Option<u64> {
    match data {
        [0x81 | 0x82, 127, length @ ..] => Some(u64::from_be_bytes(length.get(..8)?.try_into().ok()?)),
        [0x81 | 0x82, 126, high, low, ..] => Some(u64::from(u16::from_be_bytes([*high, *low]))),
        [0x81 | 0x82, length @ 0..=125, ..] => Some(u64::from(*length)),
        _ => None,
    }
}

/// A file's bytes as lines, the same however they arrive.
pub fn lines(data: &[u8]) -> Result<Vec<String>, String> {
    let (mut whole, mut pieces) = (Vec::new(), Vec::new());
    Lines::at(0).feed(data, |line: Line| whole.push(line));
    let mut lines = Lines::at(0);
    for piece in data.chunks(7) {
        lines.feed(piece, |line| pieces.push(line));
    }
    if whole != pieces {
        return Err("a line depends on how its bytes arrive".into());
    }
    match whole.iter().find(|line| line.text.len() > 3 * LINE || line.end > data.len() as u64) {
        Some(line) => Err(format!("a line of {} bytes that ends at {}", line.text.len(), line.end)),
        None => Ok(whole.into_iter().map(|line| line.text).collect()),
    }
}

/// A serial console.
pub fn host_keys(data: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(data);
    match host_keys::from_console(&text) {
        Some(key) if host_keys::fingerprint(&key).is_none() => Err(format!("no key: {key}")),
        Some(key) if key.chars().any(|c| c.is_control() || c == ' ') && key.split(' ').count() != 2 => {
            Err(format!("more than a key: {key:?}"))
        }
        _ => Ok(()),
    }
}

/// What `az ssh cert` leaves.
pub fn certificates(data: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(data);
    let Ok(certificate) = Certificate::from_openssh(text.trim()) else { return Ok(()) };
    match auth::principal(&certificate) {
        Ok(login) if login.is_empty() || login.starts_with('-') || login.chars().any(char::is_whitespace) => {
            Err(format!("a login that is none: {login:?}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of a server's: its first byte, and what it carries.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first, 127];
        frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        frame.extend_from_slice(payload);
        frame
    }

    async fn end(data: &[u8]) -> String {
        gateway::hear(join(data, sink())).await.0
    }

    #[tokio::test]
    async fn no_message_grows_beyond_the_bound_whatever_its_frames_say() {
        let header = |length: usize| [vec![0x81, 127], (length as u64).to_be_bytes().to_vec()].concat();
        assert!(end(&header(gateway::MESSAGE + 1)).await.contains("too long"));
        assert!(!end(&header(gateway::MESSAGE)).await.contains("too long"));
        // One frame without an end, and fragments without an end.
        let mebibyte = vec![b'x'; 1 << 20];
        let fragments = [frame(0x01, &mebibyte), frame(0x00, &mebibyte).repeat(8)].concat();
        assert!(end(&fragments).await.contains("too long"));
        assert!(!end(&fragments[..8 * (10 + (1 << 20))]).await.contains("too long"));
    }

    #[test]
    fn what_the_seeds_of_frames_are_for() {
        let read = |name: &str| {
            let path = format!("{}/fuzz/seeds/frames/{name}.bin", env!("CARGO_MANIFEST_DIR"));
            std::fs::read(path).unwrap()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let hear = |name: &str| runtime.block_on(gateway::hear(join(&read(name)[..], sink())));
        for (name, says, kept) in [
            ("event", "connection was lost", 1),
            ("fragments", "connection was lost", 1),
            ("ping", "connection was lost", 1),
            ("close", "going away (1001)", 1),
            ("oversize", "too long", 0),
            ("masked", "masked", 0),
            ("reserved", "connection was lost", 0),
        ] {
            let (reason, events) = hear(name);
            assert!(reason.contains(says) && events.len() == kept, "{name}: {reason} {events:?}");
        }
    }
}
