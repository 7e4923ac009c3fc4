//! Who is connected by SSH without a terminal: an editor, a copy, a tunnel. `who` and wtmp know of terminals only.

/// Whose connections are claw's own. An open window keeps one to every machine.
pub struct Known<'a> {
    /// Who claw comes as without a certificate of Entra's.
    pub administrator: &'a str,
    pub operators: &'a [String],
    /// The address of the machine's member, whose connections count whoever else they are.
    pub owner: Option<&'a str>,
    /// Who this claw came as, through the one connection that asks.
    pub caller: &'a str,
}

impl Known<'_> {
    /// Connections of anybody else in what `ps -eo args=` shows: after the login sshd names a process of its own after
    /// the user and their terminals, `sshd: ann@notty`, or `sshd: ann` for a tunnel (OpenSSH's session.c and sshd.c;
    /// `sshd-session:` since OpenSSH 9.8).
    pub fn connections(&self, processes: &str) -> usize {
        let counted = processes.lines().filter_map(user).filter(|user| !self.is_claws(user)).count();
        let is_asking = self.is_owner(self.caller) && !self.caller.eq_ignore_ascii_case(self.administrator);
        counted.saturating_sub(usize::from(is_asking))
    }

    fn is_owner(&self, user: &str) -> bool {
        self.owner.is_some_and(|owner| owner.eq_ignore_ascii_case(user))
    }

    fn is_claws(&self, user: &str) -> bool {
        let is = |other: &str| other.eq_ignore_ascii_case(user);
        let is_at_work = is(self.caller) || self.operators.iter().any(|operator| is(operator));
        is(self.administrator) || is_at_work && !self.is_owner(user)
    }
}

fn user(process: &str) -> Option<&str> {
    let process = process.trim();
    let title = process.strip_prefix("sshd: ").or_else(|| process.strip_prefix("sshd-session: "))?;
    // `[accepted]`, `[net]`, `ann [priv]` and the listener's: there before anybody has logged in.
    if title.contains(' ') || title.starts_with('[') {
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

    const NOBODY: Known<'static> = Known { administrator: "clawadmin", operators: &[], owner: None, caller: "" };

    #[test]
    fn titles_of_sshd_are_told_apart() {
        for there in [
            "sshd: ann@notty",
            "sshd-session: ann@example.com@notty",
            "sshd: ann@example.com",
            "sshd: ann@internal-sftp",
        ] {
            assert_eq!(NOBODY.connections(there), 1, "{there}");
        }
        for nobody in [
            "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups",
            "sshd: [accepted]",
            "sshd-session: [net]",
            "sshd: ann [priv]",
            "sshd: root [net]",
            "sshd: ann@pts/0",
            "sshd-session: ann@example.com@pts/0,pts/1",
            "sshd: clawadmin@notty",
            "sshd: clawadmin",
            "vim sshd: ann@notty",
            "",
        ] {
            assert_eq!(NOBODY.connections(nobody), 0, "{nobody}");
        }
    }

    #[test]
    fn operators_are_at_work_everywhere_but_on_their_own_machine() {
        let operators = ["olga@x.org".to_owned()];
        let known = |owner, caller| Known { operators: &operators, owner, caller, ..NOBODY };
        let olgas = "sshd: Olga@x.org@notty\n";
        assert_eq!(known(Some("ann@x.org"), "clawadmin").connections(olgas), 0, "her window");
        assert_eq!(known(Some("olga@x.org"), "clawadmin").connections(olgas), 1, "her editor");
        assert_eq!(known(Some("olga@x.org"), "olga@x.org").connections(olgas), 0, "this very connection");
        assert_eq!(known(Some("olga@x.org"), "olga@x.org").connections(&olgas.repeat(2)), 1, "and her editor");
        assert_eq!(known(Some("ann@x.org"), "bert@x.org").connections("sshd: bert@x.org@notty"), 0);
    }

    #[tokio::test]
    async fn a_real_sshd_shows_who_is_connected() {
        let Some(sshd) = Sshd::start() else { return };
        let target = sshd.target();
        let output = sshd.remote().exec(&target, "ps -eo args=", b"").await.unwrap();
        let processes = String::from_utf8_lossy(&output.stdout);
        let without = Known { caller: &target.user, ..NOBODY }.connections(&processes);
        assert!(NOBODY.connections(&processes) > without, "this connection is not seen: {processes}");
    }
}
