//! What machines send, as bytes (`crate::fuzz`).

use russh::keys::Certificate;

use super::{
    auth, gateway, host_keys,
    lines::{Line, Lines},
    values::Output,
};

/// Of a line, and the words that say how much was left out.
const LINE: usize = 16 * 1024 + 64;

/// Frames of the gateway's WebSocket, and answers of its command line.
pub fn frames(data: &[u8]) -> Result<(), String> {
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
