//! A machine's bootstrap log: from the console before SSH is up, from the file after that, joined.

use std::time::Duration;

use super::{Event, Events, Session, event::LogSource};
use crate::{
    fleet::{instance::Instance, names::Names, stage::Marker},
    remote::TailEvent,
};

/// The log on the machine; the console shows the same lines among others.
pub const BOOTSTRAP_LOG: &str = "/var/log/openclaw-setup.log";
/// How much of the console is remembered for joining.
const REMEMBERED: usize = 20_000;

/// What was already passed on, so that no line comes twice and none is lost.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    /// Console lines passed on, oldest first, without their prefix.
    console: Vec<String>,
    /// How many of them the file's lines have matched so far.
    matched: usize,
    /// Lines of the file passed over or on so far; a new connection skips as many.
    file_lines: usize,
}

impl Follower {
    /// The complete lines of a console text that were not passed on yet. The console rolls: when its
    /// beginning is gone, the last line passed on is looked for.
    pub fn console_lines(&mut self, text: &str) -> Vec<String> {
        let complete = &text[..text.rfind('\n').map_or(0, |i| i + 1)];
        let lines: Vec<&str> = complete.lines().map(|l| l.trim_end_matches('\r')).collect();
        let known = self.console.len();
        let same_start = lines.len() >= known && lines.iter().zip(&self.console).all(|(a, b)| a == b);
        let new = match (same_start, self.console.last()) {
            (true, _) => &lines[known..],
            (false, Some(last)) => lines.iter().rposition(|l| l == last).map_or(&lines[..], |at| &lines[at + 1..]),
            (false, None) => &lines[..],
        };
        let new: Vec<String> = new.iter().map(|l| (*l).to_owned()).collect();
        if self.console.len() + new.len() <= REMEMBERED {
            self.console.extend(new.iter().cloned());
        }
        new
    }

    /// Whether a line of the file is new: not one that the console has shown already.
    fn is_new(&mut self, line: &str) -> bool {
        let shown = self.console[self.matched..].iter().position(|c| c == line || c.ends_with(&format!(": {line}")));
        match shown {
            Some(ahead) => {
                self.matched += ahead + 1;
                false
            }
            None => true,
        }
    }
}

/// Passes a line on, and the marker in it.
fn pass(machine: &str, text: String, events: &Events) {
    if let Some(marker) = Marker::parse(&text) {
        events.send(Event::Stage { machine: machine.to_owned(), marker });
    }
    events.send(Event::Line { machine: machine.to_owned(), source: LogSource::Bootstrap, text });
}

fn note(machine: &str, text: impl Into<String>, events: &Events) {
    events.send(Event::LogNote { machine: machine.to_owned(), source: LogSource::Bootstrap, text: text.into() });
}

/// Follows until dropped, or until the file can't be followed any more. Until a host key is pinned the
/// console serves; the machine is read anew to notice the pin.
pub async fn follow(session: &Session, names: &Names, instance: &Instance, follower: &mut Follower, events: &Events) {
    let mut instance = instance.clone();
    while instance.host_key.is_none() {
        look_at_console(session, names, &instance, follower, events).await;
        if let Ok(Some(fresh)) = session.cloud().machine(names, &instance.name).await {
            instance = fresh;
        }
    }
    follow_file(session, &instance, follower, events).await;
}

/// Follows the console alone, until dropped. It shows this VM's boots only, whatever its disk has behind it.
pub async fn follow_console(session: &Session, names: &Names, instance: &Instance, events: &Events) {
    let mut follower = Follower::default();
    loop {
        look_at_console(session, names, instance, &mut follower, events).await;
    }
}

async fn look_at_console(
    session: &Session,
    names: &Names,
    instance: &Instance,
    follower: &mut Follower,
    events: &Events,
) {
    if let Ok(text) = session.cloud().console(names, &instance.name).await {
        for line in follower.console_lines(&text) {
            pass(&instance.name, line, events);
        }
    }
    // A VM may be read 12 times a minute (azure.md §2.3).
    tokio::time::sleep(Duration::from_secs(5)).await;
}

async fn follow_file(session: &Session, instance: &Instance, follower: &mut Follower, events: &Events) {
    let name = &instance.name;
    let target = match session.target(instance) {
        Ok(target) => target,
        Err(error) => return note(name, error.to_string(), events),
    };
    let mut skip = follower.file_lines;
    let mut tail = session.remote().tail(&target, BOOTSTRAP_LOG);
    while let Some(event) = tail.recv().await {
        match event {
            TailEvent::Line(_) if skip > 0 => skip -= 1,
            TailEvent::Line(line) => {
                follower.file_lines += 1;
                if follower.is_new(&line) {
                    pass(name, line, events);
                }
            }
            TailEvent::Restarted => {
                (skip, follower.file_lines) = (0, 0);
                note(name, "the log was replaced; reading it from its start", events);
            }
            TailEvent::Reconnecting { error, after } => {
                note(name, format!("connection lost ({error}); trying again in {after:.0?}"), events);
            }
            TailEvent::Ended(why) => return note(name, why, events),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(follower: &mut Follower, text: &str) -> Vec<String> {
        follower.console_lines(text)
    }

    #[test]
    fn the_console_gives_each_complete_line_once_even_when_it_rolls() {
        let mut follower = Follower::default();
        assert_eq!(lines(&mut follower, "a\r\nb\nhal"), ["a", "b"]);
        assert_eq!(lines(&mut follower, "a\r\nb\nhalf\nc\n"), ["half", "c"]);
        assert_eq!(lines(&mut follower, "half\nc\nd\n"), ["d"]);
        assert_eq!(lines(&mut follower, "half\nc\nd\n"), Vec::<String>::new());
    }

    #[test]
    fn the_file_continues_where_the_console_stopped() {
        let mut follower = Follower::default();
        lines(&mut follower, "kernel\n<14>Nov 21 cloud-init: one\ntwo\nlogin:\n");
        let new: Vec<&str> =
            ["one", "two", "three", "two", "four"].into_iter().filter(|l| follower.is_new(l)).collect();
        assert_eq!(new, ["three", "two", "four"]);
    }

    #[test]
    fn a_line_that_the_console_missed_is_not_lost() {
        let mut follower = Follower::default();
        lines(&mut follower, "one\nthree\n");
        let new: Vec<&str> = ["one", "two", "three", "four"].into_iter().filter(|l| follower.is_new(l)).collect();
        assert_eq!(new, ["two", "four"]);
    }
}
