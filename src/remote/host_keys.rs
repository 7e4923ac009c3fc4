//! Host keys: found in a serial console's text, compared with the pinned one.

use base64::{Engine, engine::general_purpose::STANDARD};
use russh::keys::{HashAlg, PublicKey};

/// cloud-init prints these (`keys_to_console`).
const BEGIN: &str = "-----BEGIN SSH HOST KEY KEYS-----";
const END: &str = "-----END SSH HOST KEY KEYS-----";
const ED25519: &str = "ssh-ed25519";

/// The ed25519 key (`ssh-ed25519 AAAA…`, no comment) of the last complete
/// `-----BEGIN SSH HOST KEY KEYS-----` block, after any line prefix (`ec2: `, `<14>… cloud-init: `).
///
/// `None` when that block has no valid ed25519 key, or two that differ: an earlier boot's key may be stale.
pub fn from_console(console: &str) -> Option<String> {
    let mut last = None;
    let mut open: Option<Vec<String>> = None;
    for line in console.lines() {
        let line = without_escapes(line);
        let line = line.trim_end();
        if line.ends_with(BEGIN) {
            open = Some(Vec::new());
        } else if line.ends_with(END) {
            last = open.take().or(last);
        } else if let (Some(keys), Some(key)) = (open.as_mut(), key_in_line(line)) {
            keys.push(key);
        }
    }
    let mut keys = last?;
    keys.dedup();
    if keys.len() == 1 { keys.pop() } else { None }
}

/// `SHA256:…` of a public key in OpenSSH's form, as `ssh-keygen -l` shows it.
pub fn fingerprint(key: &str) -> Option<String> {
    PublicKey::from_openssh(key).ok().map(|key| key.fingerprint(HashAlg::Sha256).to_string())
}

/// A pinned key, if it is an ed25519 one.
pub(super) fn pinned(key: &str) -> Option<PublicKey> {
    PublicKey::from_openssh(&key_in_line(key)?).ok()
}

fn key_in_line(line: &str) -> Option<String> {
    let mut words = line.split_ascii_whitespace().skip_while(|word| *word != ED25519);
    let (algorithm, blob) = (words.next()?, words.next()?);
    is_ed25519(&STANDARD.decode(blob).ok()?).then(|| format!("{algorithm} {blob}"))
}

/// RFC 8709 §4: string "ssh-ed25519", string of 32 bytes; each with its length before it.
fn is_ed25519(blob: &[u8]) -> bool {
    blob.len() == 51 && blob.starts_with(b"\0\0\0\x0bssh-ed25519\0\0\0\x20")
}

/// Drops terminal control sequences (`ESC [ … letter`, `ESC ] … BEL`, `ESC x`) and other control characters.
fn without_escapes(line: &str) -> String {
    let mut clean = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                Some(']') => while chars.next().is_some_and(|c| c != '\u{7}') {},
                _ => {}
            },
            '\t' => clean.push(' '),
            c if c.is_control() => {}
            c => clean.push(c),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OLD: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA6rWI3G1sz07DnfFlrouTcysQlj2P+jpNSOEWD9OJ3X";
    const NEW: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    fn block(prefix: &str, key: &str, end: &str) -> String {
        format!("{prefix}{BEGIN}{end}{prefix}ssh-rsa AAAAB3Nza root@m{end}{prefix}{key} root@m{end}{prefix}{END}{end}")
    }

    #[test]
    fn any_prefix_colour_and_line_end() {
        for prefix in
            ["", "ec2: ", "<14>Nov 21 10:02:11 cloud-init[812]: ", "\u{1b}[32mci-info\u{1b}[0m: ", "\u{1b}]0;t\u{7}"]
        {
            for end in ["\n", "\r\n"] {
                assert_eq!(from_console(&block(prefix, NEW, end)).as_deref(), Some(NEW), "{prefix:?} {end:?}");
            }
        }
    }

    #[test]
    fn the_last_complete_block_wins() {
        let twice = block("", OLD, "\n") + "login:\n" + &block("ec2: ", NEW, "\n");
        assert_eq!(from_console(&twice).as_deref(), Some(NEW));
        let cut = block("", NEW, "\n") + &block("", OLD, "\n").replace(END, "");
        assert_eq!(from_console(&cut).as_deref(), Some(NEW));
        let begun_twice = format!("{BEGIN}\n{OLD}\n{}", block("", NEW, "\n"));
        assert_eq!(from_console(&begun_twice).as_deref(), Some(NEW));
    }

    #[test]
    fn a_block_without_one_good_key_gives_none() {
        let broken = NEW.replace("IJdD7", "IJd");
        let other = NEW.replace("AAAAC3NzaC1lZDI1NTE5", "AAAAC3NzaC1lZDI1NTE4");
        for key in [broken.as_str(), other.as_str(), "ssh-ed25519", "ssh-ed25519 !!!!", &format!("{OLD}\n{NEW}")] {
            assert_eq!(from_console(&(block("", OLD, "\n") + &block("", key, "\n"))), None, "{key}");
        }
        assert_eq!(from_console(&format!("{OLD}\n")), None, "outside of a block");
    }

    /// What the bootstrap makes of what it writes to the console.
    fn passed_on(text: &str) -> String {
        let bootstrap = include_str!("../../assets/bootstrap/bootstrap.sh");
        assert!(bootstrap.ends_with("| plain | tee -a \"$LOG\" /dev/console\n"));
        let mut bash = std::process::Command::new("bash")
            .args(["-c", ". ./lib.sh && plain"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bootstrap"))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut bash.stdin.take().unwrap(), text.as_bytes()).unwrap();
        String::from_utf8(bash.wait_with_output().unwrap().stdout).unwrap()
    }

    #[test]
    fn what_the_gateways_user_prints_is_no_block_of_host_keys_on_the_console() {
        let hidden = [
            " ",
            "\u{1b}[0m \u{1b}[31m",
            " \u{1b}]0;t\u{7}",
            "\u{85} ",
            "\0 ",
            "\u{1b}\u{1b}[m[1m ",
            "\r ",
            "\t",
            "\t \t",
        ];
        for within in hidden.into_iter().chain([" HOST KEY KEYS ", "\u{9b}0m "]) {
            let block = block("docker: ", OLD, "\n").replace(" HOST", &format!("{within}HOST"));
            let twice = block.replace("SSH HOST KEY KEYS", "SSH SSH HOST KEY KEYS HOST KEY KEYS");
            for forged in [block, twice] {
                assert_eq!(from_console(&passed_on(&forged)), None, "{forged:?}");
            }
        }
        let usual = "claw-stage ready done 2026-11-22T06:00:00Z\n\u{fc}ber\t-----\u{2026}\n";
        assert_eq!(passed_on(usual), usual);
    }

    #[test]
    fn fingerprints_as_ssh_keygen_shows_them() {
        // `ssh-keygen -lf` of this key.
        assert_eq!(fingerprint(OLD).as_deref(), Some("SHA256:SvzqXV/w1JLsbntg1WRzuMw9vHAaDQHjIKLlxH0h1EM"));
        assert_eq!(fingerprint("ssh-ed25519 AAAA"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_no_truncation_gives_another_key(noise in "[\\x00-\\x7f]{0,80}", cut in 0usize..400) {
            let mut text = noise.clone() + "\n" + &block("ec2: ", NEW, "\r\n");
            text.truncate(cut.min(text.len()));
            let found = from_console(&text);
            prop_assert!(found.is_none() || found.as_deref() == Some(NEW));
            from_console(&noise);
        }
    }
}
