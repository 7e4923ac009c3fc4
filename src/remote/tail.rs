//! Following a file on a machine for as long as somebody listens, across lost connections.

use std::sync::Arc;

use tokio::{
    sync::mpsc,
    time::{Duration, Instant, sleep},
};

use super::{
    backoff::Backoff,
    connections::Connections,
    error::{RemoteError, RemoteErrorKind as Kind},
    exec::{self, Running, quoted},
    lines::{Line, Lines},
    values::{Chunk, TailEvent, Target},
    waiting::Waiting,
};

/// Lines on their way to the reader.
pub const CHANNEL: usize = 256;
/// A tail that lasted this long starts its next waiting from the shortest.
const STEADY: Duration = Duration::from_secs(8);
const OPERATION: &str = "tail";

pub struct Tail {
    pub connections: Arc<Connections>,
    pub target: Target,
    pub path: String,
    /// Whose eyes read the file, if not the login's own.
    pub sudo: Option<String>,
    /// Only lines with this text are sent, whatever its case.
    pub only: Option<String>,
    pub out: mpsc::Sender<TailEvent>,
}

/// Why one remote `tail` is over.
enum Over {
    /// The reader is behind; go on where it is once it has caught up. Leaving its channel unread would hold up
    /// everything else on the connection.
    Held,
    /// The file is another one or shorter now.
    Restarted,
    Failed(RemoteError),
}

/// Where we are in the file.
struct Place {
    /// The byte after the last line delivered.
    offset: u64,
    /// Lines complete but not yet delivered.
    waiting: Waiting,
    progress: bool,
}

impl Tail {
    pub async fn run(self) {
        let mut place = Place { offset: 0, waiting: self.connections.waiting(), progress: false };
        let mut backoff = Backoff::default();
        loop {
            let began = Instant::now();
            place.progress = false;
            let over = tokio::select! {
                over = self.follow(&mut place) => over,
                () = self.out.closed() => return,
            };
            while !place.waiting.is_empty() {
                if !self.deliver(&mut place).await {
                    return;
                }
            }
            if place.progress || began.elapsed() >= STEADY {
                backoff.reset();
            }
            let event = match over {
                Over::Held => continue,
                Over::Restarted => {
                    place.offset = 0;
                    TailEvent::Restarted
                }
                Over::Failed(error) if !error.kind.may_pass() => {
                    let remedy = error.remedy.as_ref().map(|remedy| format!(" ({remedy})")).unwrap_or_default();
                    let _ = self.out.send(TailEvent::Ended(format!("{error}{remedy}"))).await;
                    return;
                }
                Over::Failed(error) => {
                    let after = backoff.fail().max(self.connections.hold_off(&self.target).await);
                    let event = TailEvent::Reconnecting { error: error.to_string(), after };
                    if self.out.send(event).await.is_err() {
                        return;
                    }
                    tokio::select! {
                        () = sleep(after) => continue,
                        () = self.out.closed() => return,
                    }
                }
            };
            if self.out.send(event).await.is_err() {
                return;
            }
        }
    }

    async fn follow(&self, place: &mut Place) -> Over {
        match self.try_follow(place).await {
            Ok(over) => over,
            Err(error) => Over::Failed(error),
        }
    }

    async fn try_follow(&self, place: &mut Place) -> Result<Over, RemoteError> {
        let start = place.offset;
        if start > 0 && self.is_shorter_than(start).await? {
            return Ok(Over::Restarted);
        }
        let command = self.command(start);
        let mut running = Running::start(&self.connections, &self.target, OPERATION, &command).await?;
        let mut lines = Lines::at(if self.only.is_some() { 0 } else { start });
        let mut found = Found::from(start);
        let mut said = String::new();
        loop {
            let chunk = tokio::select! {
                chunk = running.next() => chunk,
                delivered = self.deliver(place), if !place.waiting.is_empty() => match delivered {
                    true => continue,
                    false => return Ok(Over::Held),
                },
            };
            match chunk {
                Some(Chunk::Stdout(data)) => {
                    place.progress = true;
                    match self.only {
                        None => lines.feed(&data, |line| place.waiting.push(line)),
                        Some(_) => lines.feed(&data, |line| place.waiting.push(found.line(line))),
                    }
                    if place.waiting.is_too_much() {
                        return Ok(Over::Held);
                    }
                }
                Some(Chunk::Stderr(data)) => {
                    said.push_str(&String::from_utf8_lossy(&data));
                    match news(&mut said, start) {
                        News::None => {}
                        News::AnotherFile => return Ok(Over::Restarted),
                        News::Denied => return Err(RemoteError::new(Kind::Protocol, OPERATION, &self.target, said)),
                    }
                }
                None => {
                    let code = running.code(&self.target, OPERATION)?;
                    let message = format!("tail ended with {code}: {said}");
                    return Err(RemoteError::new(Kind::Protocol, OPERATION, &self.target, message));
                }
            }
        }
    }

    /// Gives the reader its next line; false when it has gone. Safe to cancel.
    async fn deliver(&self, place: &mut Place) -> bool {
        let Ok(permit) = self.out.reserve().await else { return false };
        if let Some(line) = place.waiting.pop() {
            place.offset = line.end;
            permit.send(TailEvent::Line(line.text));
        }
        true
    }

    /// Whether the file ends before `offset`, or is gone. What can't be found out is no reason to start over.
    async fn is_shorter_than(&self, offset: u64) -> Result<bool, RemoteError> {
        let command = format!("{}stat -c %s -- {}", self.sudo(), quoted(&self.path));
        let output = exec::collect(&self.connections, &self.target, OPERATION, &command, b"").await?;
        let size = std::str::from_utf8(&output.stdout).ok().and_then(|text| text.trim().parse::<u64>().ok());
        let gone = output.code == 1 && String::from_utf8_lossy(&output.stderr).contains("No such file");
        Ok(gone || size.is_some_and(|size| size < offset))
    }

    fn command(&self, start: u64) -> String {
        let path = quoted(&self.path);
        match &self.only {
            None => format!("{}tail -c +{} -F -- {path}", self.sudo(), start.saturating_add(1)),
            // A `grep` that finds nothing more would not notice that nobody listens: it ends with the connection.
            Some(only) => format!(
                "{}tail -c +{} --pid=$PPID -F -- {path} | grep --line-buffered -aibF -e {}",
                self.sudo(),
                start.saturating_add(1),
                quoted(only)
            ),
        }
    }

    fn sudo(&self) -> String {
        self.sudo.as_ref().map(|user| format!("sudo -n -u {} ", quoted(user))).unwrap_or_default()
    }
}

/// Lines of `grep -b`, each behind its place in what `grep` read: `123:text`.
struct Found {
    /// The byte of the file that `grep` began with.
    start: u64,
    /// The end of the line before, in `grep`'s own output.
    last: u64,
}

impl Found {
    fn from(start: u64) -> Self {
        Self { start, last: 0 }
    }

    /// The line as the file has it, with the place in the file where it ends.
    fn line(&mut self, line: Line) -> Line {
        let length = line.end - std::mem::replace(&mut self.last, line.end);
        let Some((at, text)) = line.text.split_once(':') else { return line };
        let Ok(offset) = at.parse::<u64>() else { return line };
        let rest = length.saturating_sub(at.len() as u64 + 1);
        let end = self.start.saturating_add(offset).saturating_add(rest);
        Line { text: text.to_owned(), end }
    }
}

/// What `tail -F` says on stderr, for us.
#[derive(Debug, PartialEq, Eq)]
enum News {
    None,
    /// It is at the beginning of another file now. Its words and its data come on separate ways, so the place in
    /// the file can't be told any more, and reading starts over.
    AnotherFile,
    /// It may not read the file, and would wait for ever without another word.
    Denied,
}

/// `said` is all of it so far, and is emptied when it is no longer of use.
fn news(said: &mut String, start: u64) -> News {
    if said.contains("Permission denied") {
        return News::Denied;
    }
    if !said.contains("file truncated") && !said.contains("following new file") {
        let keep = said.char_indices().rev().nth(4000).map_or(0, |(at, _)| at);
        said.drain(..keep);
        return News::None;
    }
    // A file that was not there at first and then came: nothing was read of another one.
    let first = start == 0 && said.contains("cannot open") && !said.contains("become inaccessible");
    said.clear();
    if first { News::None } else { News::AnotherFile }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_gnu_tail() {
        let missing = "tail: cannot open '/x' for reading: No such file or directory\n";
        let appeared = "tail: '/x' has appeared;  following new file\n";
        for (said, start, expected) in [
            (missing.to_owned(), 0, News::None),
            (format!("{missing}{appeared}"), 0, News::None),
            (format!("{missing}{appeared}"), 7, News::AnotherFile),
            ("tail: /x: file truncated\n".to_owned(), 0, News::AnotherFile),
            ("tail: '/x' has been replaced;  following new file\n".to_owned(), 0, News::AnotherFile),
            (
                format!("tail: '/x' has become inaccessible: No such file or directory\n{appeared}"),
                0,
                News::AnotherFile,
            ),
            ("tail: cannot open '/x' for reading: Permission denied\n".to_owned(), 0, News::Denied),
        ] {
            assert_eq!(news(&mut said.clone(), start), expected, "{said}");
        }
    }

    #[test]
    fn a_found_line_knows_its_place_in_the_file() {
        let (mut lines, mut found, mut got) = (Lines::at(0), Found::from(100), Vec::new());
        lines.feed(b"6:b\xff: x\n20:yy\r\n", |line| got.push(found.line(line)));
        let expected = [("b\u{fffd}: x", 112), ("yy", 124)];
        assert_eq!(got, expected.map(|(text, end)| Line { text: text.into(), end }));
        let far = format!("{}:x", u64::MAX);
        assert_eq!(Found::from(100).line(Line { text: far, end: 23 }).end, u64::MAX, "whatever the machine says");
    }

    #[test]
    fn what_it_says_is_kept_within_bounds() {
        let mut said = "é".repeat(10_000);
        assert_eq!(news(&mut said, 0), News::None);
        assert!(said.len() < 10_000);
    }
}
