//! Host keys: found in a serial console's text, compared with the pinned one.

/// The ed25519 key (`ssh-ed25519 AAAA…`, no comment) of the last complete
/// `-----BEGIN SSH HOST KEY KEYS-----` block, after any line prefix (`ec2: `, `<14>… cloud-init: `).
pub fn from_console(_console: &str) -> Option<String> {
    todo!()
}
