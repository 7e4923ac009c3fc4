//! A picture of the machines as bytes, for the next claw of the same version: the window's first frame waits for it, and
//! as JSON a thousand machines took most of that time.

use super::Machines;

/// Before the bytes, which say nothing of their own form.
const HEAD: &str = concat!("claw ", env!("CARGO_PKG_VERSION"), " machines 1\n");

/// Why there is no picture in a file.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("another version of claw wrote it")]
    Version,
    #[error("it ends too early, or was changed: {0}")]
    Broken(#[from] postcard::Error),
}

pub fn of(machines: &Machines) -> Result<Vec<u8>, PictureError> {
    Ok(postcard::to_extend(machines, HEAD.as_bytes().to_vec())?)
}

pub fn parse(bytes: &[u8]) -> Result<Machines, PictureError> {
    let bytes = bytes.strip_prefix(HEAD.as_bytes()).ok_or(PictureError::Version)?;
    match postcard::take_from_bytes(bytes)? {
        (machines, []) => Ok(machines),
        _ => Err(PictureError::Version),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::OffsetDateTime;

    use super::*;
    use crate::fleet::{instance::Instance, seen::Seen};

    fn machine(n: usize) -> Instance {
        serde_json::from_value(json!({
            "name": format!("claw-m{n}"), "id": "/subscriptions/s", "member": "o-1", "slug": "m", "email": "a\u{2028}b",
            "vm_size": "Standard_B2s", "power": {"value": "running", "at": "2026-11-21T19:55:21.703527625Z"},
            "provisioning": "Succeeded", "principal_id": null, "public_ip": null, "dns_name": null, "host_key": null,
            "shows_entra_login": true, "created": "2026-11-21T19:55:21Z", "tags": {"a": "b\nc"},
        }))
        .unwrap()
    }

    #[test]
    fn what_was_written_is_read_in_its_order_and_a_part_is_refused() {
        for count in [0, 1, 1000] {
            let seen = Seen::new((0..count).map(machine).collect(), OffsetDateTime::UNIX_EPOCH);
            let bytes = of(&seen).unwrap();
            assert_eq!(parse(&bytes).unwrap(), seen);
            assert!((0..bytes.len()).step_by(97).all(|end| parse(&bytes[..end]).is_err()));
            assert!(parse(&[&bytes[..], b"x"].concat()).is_err());
        }
        assert!(parse(br#"{"value":[],"at":"2026-11-21T19:55:21Z"}"#).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic_or_take_more_memory_than_they_are(tail: Vec<u8>) {
            let _ = parse(&[HEAD.as_bytes(), &tail].concat());
        }
    }
}
