//! The file of entries: several fleets' beside each other, each entry under a line that says whose machine it is.

use crate::fleet::names::Names;

const HEAD: &str = "# Written by `claw ssh --config`, which renews what is a fleet's own and keeps the rest.\n";
const MARK: &str = "# claw: ";
/// Behind the mark of an entry that somebody has for their own machine, by no team.json.
const OWN: &str = " own";

/// One machine's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `subscription/group`, in lower case.
    pub fleet: String,
    pub machine: String,
    pub own: bool,
    pub text: String,
}

/// Of which entries a run knows all.
pub enum Scope {
    /// One machine's.
    One,
    /// A fleet's.
    Fleet(String),
    /// Those of the caller's own machines.
    Own,
}

pub fn fleet_of(names: &Names) -> String {
    format!("{}/{}", names.subscription, names.resource_group).to_ascii_lowercase()
}

#[derive(Default)]
pub struct Book(Vec<Entry>);

impl Book {
    /// Entries from before there were marks say whose they are in the command that connects.
    pub fn read(text: &str) -> Self {
        let mut entries: Vec<(bool, Entry)> = Vec::new();
        for line in text.lines() {
            let is_marked = entries.last().is_some_and(|(marked, _)| *marked);
            match (line.strip_prefix(MARK), line.strip_prefix("Host ")) {
                (Some(mark), _) => entries.push((true, marked(mark))),
                (_, Some(names)) if !is_marked => entries.push((false, unmarked(names))),
                _ => {}
            }
            if let Some((is_marked, entry)) = entries.last_mut()
                && !line.starts_with(MARK)
                && !line.is_empty()
            {
                entry.text.push_str(&format!("{line}\n"));
                if !*is_marked && entry.fleet.is_empty() {
                    entry.fleet = told(line).unwrap_or_default();
                }
            }
        }
        let entries = entries.into_iter().map(|(_, entry)| entry);
        Self(entries.filter(|entry| !entry.fleet.is_empty() && !entry.machine.is_empty()).collect())
    }

    pub fn written(&self) -> String {
        let entry = |e: &Entry| {
            let own = if e.own { OWN } else { "" };
            format!("\n{MARK}{}/{}{own}\n{}", e.fleet, e.machine, e.text)
        };
        self.0.iter().map(entry).fold(HEAD.to_owned(), |all, one| all + &one)
    }

    /// Forgets what a run knows to be gone.
    pub fn forget(&mut self, scope: &Scope) {
        self.0.retain(|entry| match scope {
            Scope::One => true,
            Scope::Fleet(fleet) => entry.fleet != *fleet,
            Scope::Own => !entry.own,
        });
    }

    /// Puts an entry in the place of the machine's last one.
    pub fn put(&mut self, entry: Entry) {
        self.0.retain(|other| (&other.fleet, &other.machine) != (&entry.fleet, &entry.machine));
        self.0.push(entry);
        self.0.sort_by(|a, b| (&a.fleet, &a.machine).cmp(&(&b.fleet, &b.machine)));
    }

    /// Whether the machine's entry is one that somebody has for their own.
    pub fn is_own(&self, fleet: &str, machine: &str) -> bool {
        self.0.iter().any(|e| e.own && e.fleet == fleet && e.machine == machine)
    }

    /// What a machine is called: its name, unless another fleet has that, and its name with the fleet's group, and with
    /// the subscription where two have the same group.
    pub fn names(&self, fleet: &str, machine: &str) -> Vec<String> {
        let (subscription, group) = fleet.split_once('/').unwrap_or_default();
        // OpenSSH takes no brackets in a host's name; a group's may have them.
        let group = group.replace(['(', ')'], "_");
        let others = self.0.iter().filter(|entry| entry.fleet != fleet);
        let taken: Vec<&str> = others.flat_map(|entry| hosts(&entry.text)).collect();
        let free = |name: &String| !taken.contains(&name.as_str());
        let long = format!("{machine}.{group}.{subscription}");
        let numbered = (2..).map(|n| format!("{long}.{n}"));
        let unlike_others = [format!("{machine}.{group}"), long.clone()].into_iter().chain(numbered).find(free);
        std::iter::once(machine.to_owned()).filter(free).chain(unlike_others).collect()
    }
}

/// The names on an entry's first line.
fn hosts(text: &str) -> impl Iterator<Item = &str> {
    let names = text.lines().find_map(|line| line.strip_prefix("Host ")).unwrap_or_default();
    names.split_whitespace()
}

fn marked(mark: &str) -> Entry {
    let (place, own) = mark.strip_suffix(OWN).map_or((mark, false), |place| (place, true));
    let (fleet, machine) = place.rsplit_once('/').unwrap_or_default();
    Entry { fleet: fleet.to_owned(), machine: machine.to_owned(), own, text: String::new() }
}

fn unmarked(names: &str) -> Entry {
    let machine = names.split_whitespace().next().unwrap_or_default().to_owned();
    Entry { fleet: String::new(), machine, own: false, text: String::new() }
}

/// `--subscription 'S' --group 'G'` of a line.
fn told(line: &str) -> Option<String> {
    let value = |flag: &str| line.split_once(flag)?.1.split_once('\'').map(|(value, _)| value);
    Some(format!("{}/{}", value(" --subscription '")?, value(" --group '")?).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(fleet: &str, machine: &str, own: bool) -> Entry {
        Entry { fleet: fleet.into(), machine: machine.into(), own, text: format!("Host {machine}\n    User me\n") }
    }

    fn machines(book: &Book) -> Vec<String> {
        book.0.iter().map(|e| format!("{}/{}", e.fleet, e.machine)).collect()
    }

    fn book() -> Book {
        let mut book = Book::default();
        for (fleet, machine, own) in [("s/one", "claw-a", false), ("s/one", "claw-b", true), ("s/two", "claw-a", false)]
        {
            book.put(entry(fleet, machine, own));
        }
        book
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (written, again) = (book().written(), Book::read(&book().written()));
        assert_eq!((again.written(), again.0), (written, book().0));
        assert_eq!(Book::read("").written(), HEAD);
    }

    #[test]
    fn a_run_forgets_only_what_it_knows_all_of() {
        for (scope, left) in [
            (Scope::One, vec!["s/one/claw-a", "s/one/claw-b", "s/two/claw-a"]),
            (Scope::Fleet("s/one".into()), vec!["s/two/claw-a"]),
            (Scope::Own, vec!["s/one/claw-a", "s/two/claw-a"]),
        ] {
            let mut book = book();
            book.forget(&scope);
            assert_eq!(machines(&book), left);
        }
    }

    #[test]
    fn a_name_that_another_fleet_has_stays_its_own() {
        let book = book();
        assert_eq!(book.names("s/two", "claw-c"), ["claw-c", "claw-c.two"]);
        assert_eq!(book.names("s/two", "claw-b"), ["claw-b.two"]);
        let mut full = Book::default();
        full.put(Entry { text: "Host claw-a claw-a.one\n".into(), ..entry("t/one", "claw-a", false) });
        assert_eq!(full.names("s/one", "claw-a"), ["claw-a.one.s"]);
        full.put(Entry { text: "Host claw-a.one.s\n".into(), ..entry("s/two", "claw-a", false) });
        assert_eq!(full.names("s/one", "claw-a"), ["claw-a.one.s.2"]);
        assert_eq!(full.names("s/g(1)", "claw-b"), ["claw-b", "claw-b.g_1_"]);
        // Its own entry is no other's.
        assert_eq!(full.names("t/one", "claw-a"), ["claw-a", "claw-a.one"]);
    }

    #[test]
    fn entries_without_marks_are_taken_over() {
        let old = "# Written by `claw ssh --config`, and written anew by the next one.\n\nHost claw-a\n    HostKeyAlias claw-a\n    ProxyCommand 'claw' --subscription 'S' --group 'One' ssh --stdio claw-a\nMatch originalhost claw-a exec \"'claw' ssh --renew\"\n    CertificateFile \"c\"\n\nHost claw-b\n    ProxyCommand 'claw' --subscription 'S' --group 'two' ssh --stdio claw-b\n\nHost strange\n    User x\n";
        let book = Book::read(old);
        assert_eq!(machines(&book), ["s/one/claw-a", "s/two/claw-b"]);
        assert!(book.0[0].text.ends_with("CertificateFile \"c\"\n"), "{:?}", book.0[0]);
        assert_eq!(Book::read(&book.written()).0, book.0);
    }
}
