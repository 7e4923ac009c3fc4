//! Who is connected by SSH without a terminal: an editor, a copy, a tunnel. `who` and wtmp know of terminals only.

/// Connections of anybody but `own` users, who are claw itself, in what `ps -eo args=` shows: after the login sshd
/// names a process of its own after the user and their terminals, `sshd: ann@notty`, or `sshd: ann` for a tunnel (sshd.c,
/// session.c; `sshd-session:` since OpenSSH 9.8).
pub fn without_terminal(processes: &str, own: &[&str]) -> usize {
    processes.lines().filter_map(user).filter(|user| !own.contains(user)).count()
}

fn user(process: &str) -> Option<&str> {
    let process = process.trim();
    let title = process.strip_prefix("sshd: ").or_else(|| process.strip_prefix("sshd-session: "))?;
    // `[priv]`, `[net]` and `[listener]` are there before anybody has logged in.
    if title.contains(' ') {
        return None;
    }
    match title.rsplit_once('@') {
        Some((user, "notty" | "internal-sftp")) => Some(user),
        Some((_, terminal)) if terminal.contains('/') => None,
        // Entra's login names have an @ of their own.
        _ => Some(title),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::tests::sshd::Sshd;

    #[test]
    fn titles_of_sshd_are_told_apart() {
        let of = |title: &str| without_terminal(title, &["clawadmin"]);
        for there in [
            "sshd: ann@notty",
            "sshd-session: ann@example.com@notty",
            "sshd: ann@example.com",
            "sshd: ann@internal-sftp",
        ] {
            assert_eq!(of(there), 1, "{there}");
        }
        for nobody in [
            "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups",
            "sshd: ann [priv]",
            "sshd: root [net]",
            "sshd: ann@pts/0",
            "sshd-session: ann@example.com@pts/0,pts/1",
            "sshd: clawadmin@notty",
            "sshd: clawadmin",
            "vim sshd: ann@notty",
            "",
        ] {
            assert_eq!(of(nobody), 0, "{nobody}");
        }
    }

    #[tokio::test]
    async fn a_real_sshd_shows_who_is_connected() {
        let Some(sshd) = Sshd::start() else { return };
        let target = sshd.target();
        let output = sshd.remote().exec(&target, "ps -eo args=", b"").await.unwrap();
        let processes = String::from_utf8_lossy(&output.stdout);
        let of_all = without_terminal(&processes, &[]);
        assert!(of_all > without_terminal(&processes, &[&target.user]), "this connection is not seen: {processes}");
    }
}
