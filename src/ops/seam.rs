//! Where a machine's console and the log on its disk meet: each line once, however the console rolls.

use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

/// Of the console's end so much is kept to find the place again after it has rolled.
const TAIL: usize = 64 * 1024;
/// Console lines remembered for the log, some 100 bytes each; a console holds about a megabyte (azure.md §1.12).
const REMEMBERED: usize = 20_000;

/// What was already passed on, so that no line comes twice and none is lost. Its size is bounded, whatever the
/// length of the lines.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    /// Bytes of the console's complete lines when it was last read, and their end.
    seen: usize,
    tail: String,
    shown: Shown,
    /// Lines of the log passed over or on so far; a new connection skips as many.
    pub file_lines: usize,
    /// The host key of the machine that the log was read from.
    pub host_key: Option<String>,
    /// The log is left once the machine says that it is ready: among a thousand, one connection each for a log in
    /// which nothing comes any more is too much.
    pub until_ready: bool,
    /// It was left for that reason.
    pub is_ready: bool,
    /// The failure that was told last: each is told once, however often it is met in a row.
    pub told: Option<String>,
}

impl Follower {
    /// For the log of a machine that was made anew.
    pub fn for_another(until_ready: bool) -> Self {
        Self { until_ready, ..Self::default() }
    }

    /// The complete lines of a console text that were not passed on yet. The console rolls: its beginning goes
    /// while its end grows.
    pub fn console_lines(&mut self, text: &str) -> Vec<String> {
        let complete = &text[..text.rfind('\n').map_or(0, |i| i + 1)];
        let new = &complete[self.known(complete)..];
        let lines: Vec<String> = new.lines().map(|line| line.trim_end_matches('\r').to_owned()).collect();
        lines.iter().for_each(|line| self.shown.add(line));
        self.seen = complete.len();
        let from = (complete.len().saturating_sub(TAIL)..).find(|at| complete.is_char_boundary(*at));
        self.tail = complete[from.unwrap_or_default()..].to_owned();
        lines
    }

    /// How many bytes of `text` were there when the console was last read.
    fn known(&self, text: &str) -> usize {
        let same = |head: &str| head.ends_with(&self.tail) || self.tail.ends_with(head);
        if text.get(..self.seen).is_some_and(|head| head.ends_with(&self.tail)) {
            return self.seen;
        }
        let last = self.tail.split_inclusive('\n').next_back().unwrap_or_default();
        let ends = text.rmatch_indices(last).map(|(at, _)| at + last.len());
        ends.into_iter().find(|end| same(&text[..*end])).unwrap_or(0)
    }

    /// Whether a line of the log is new: not one that the console has shown already.
    pub fn is_new(&mut self, line: &str) -> bool {
        !self.shown.take(line)
    }
}

/// Lines that the console has shown and the log has not brought yet, as hashes.
#[derive(Clone, Debug, Default)]
struct Shown {
    /// Which lines a text may be: a console line is also what comes after a prefix such as `cloud-init[812]: `.
    places: HashMap<u64, VecDeque<u32>>,
    taken: Vec<bool>,
}

impl Shown {
    fn add(&mut self, line: &str) {
        let Some(place) = u32::try_from(self.taken.len()).ok().filter(|_| self.taken.len() < REMEMBERED) else {
            return;
        };
        self.taken.push(false);
        let after_prefix = line.match_indices(": ").take(4).map(|(at, _)| &line[at + 2..]);
        for text in std::iter::once(line).chain(after_prefix) {
            self.places.entry(hash(text)).or_default().push_back(place);
        }
    }

    /// Each console line stands for one line of the log.
    fn take(&mut self, line: &str) -> bool {
        let Some(places) = self.places.get_mut(&hash(line)) else { return false };
        while let Some(place) = places.pop_front() {
            if let Some(taken) = self.taken.get_mut(place as usize).filter(|taken| !**taken) {
                *taken = true;
                return true;
            }
        }
        false
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(follower: &mut Follower, text: &str) -> Vec<String> {
        follower.console_lines(text)
    }

    fn new_of<'a>(follower: &mut Follower, file: &[&'a str]) -> Vec<&'a str> {
        file.iter().copied().filter(|line| follower.is_new(line)).collect()
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
    fn a_repeated_line_does_not_hide_what_stands_between() {
        let mut follower = Follower::default();
        assert_eq!(lines(&mut follower, "x\n\na\n\n"), ["x", "", "a", ""]);
        // Rolled in the middle of a line; the last line known comes again behind the new one.
        assert_eq!(lines(&mut follower, "\na\n\nb\n\n"), ["b", ""]);
    }

    #[test]
    fn the_file_continues_where_the_console_stopped() {
        let mut follower = Follower::default();
        lines(&mut follower, "kernel\n<14>Nov 21 cloud-init: one\ntwo\nlogin:\n");
        assert_eq!(new_of(&mut follower, &["one", "two", "three", "two", "four"]), ["three", "two", "four"]);
    }

    #[test]
    fn a_line_that_the_console_missed_is_neither_lost_nor_does_it_repeat_others() {
        let mut follower = Follower::default();
        lines(&mut follower, "one\nthree\n");
        assert_eq!(new_of(&mut follower, &["one", "two", "three", "four"]), ["two", "four"]);
        // The console has the missed line once more, later on.
        let mut follower = Follower::default();
        lines(&mut follower, "one\nthree\ndone\n");
        assert_eq!(new_of(&mut follower, &["one", "done", "three", "done", "four"]), ["done", "four"]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut follower = Follower::default();
        let long = "é".repeat(100_000) + "\n";
        for round in 0..3 {
            follower.console_lines(&format!("{round}\n").repeat(15_000));
            follower.console_lines(&long);
        }
        assert!(follower.tail.len() <= TAIL && follower.shown.taken.len() <= REMEMBERED);
        assert!(follower.shown.places.len() <= 5 * REMEMBERED);
    }

    proptest! {
        /// A log that is written to console and file, the kernel's lines among it, a console that keeps `keep` bytes,
        /// polls at any time, and then the file: every line of the log once and in order.
        #[test]
        fn every_line_once(
            kinds in proptest::collection::vec(0usize..12, 0..120),
            polls in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
            keep in 60usize..4000,
        ) {
            let (mut console, mut file) = (String::new(), Vec::new());
            let mut ends = vec![0];
            for (i, kind) in kinds.iter().enumerate() {
                if *kind == 0 {
                    console.push_str(&format!("[  {i}.1] kernel: eth0 up\r\n"));
                } else {
                    // Few different texts, so that lines repeat; a number tells them apart in the answer only.
                    let line = if *kind < 4 { format!("step {kind}") } else { format!("{i:03} unpacking") };
                    console.push_str(&format!("{line}\r\n"));
                    file.push(line);
                }
                ends.push(console.len());
            }
            let mut at: Vec<usize> = polls.iter().map(|poll| poll.index(console.len() + 1)).collect();
            at.sort_unstable();
            let (mut follower, mut got, mut last) = (Follower::default(), Vec::new(), 0);
            for end in at {
                // More than the console keeps between two polls is a gap that the file fills.
                let from = end.saturating_sub(keep.max(end - last));
                last = end;
                got.extend(follower.console_lines(&console[from..end]));
            }
            got.retain(|line| !line.contains("kernel"));
            let rest: Vec<_> = file.iter().filter(|line| follower.is_new(line)).cloned().collect();
            got.extend(rest);
            let (mut got, mut wanted) = (got, file);
            // A poll that begins in the middle of a line may show its end only.
            got.retain(|line| wanted.contains(line));
            got.sort();
            wanted.sort();
            prop_assert_eq!(got, wanted);
        }
    }
}
