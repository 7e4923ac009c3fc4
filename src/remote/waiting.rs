//! Lines of a followed file that its reader has not taken yet, bounded for one file and for all of them.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::lines::Line;

/// Bytes that one file may hold back.
const ALONE: usize = 1024 * 1024;
/// Bytes that all of them hold back before each has to do with `SHARE`.
const TOGETHER: usize = 32 * 1024 * 1024;
const SHARE: usize = 64 * 1024;
/// Places for lines that stay when none waits: a thousand files wait at once, and then hardly ever again.
const PLACES: usize = 64;

pub struct Waiting {
    lines: VecDeque<Line>,
    /// What they take; an empty line is not for nothing.
    bytes: usize,
    /// The bytes of all files.
    together: Arc<AtomicUsize>,
}

impl Waiting {
    pub fn new(together: Arc<AtomicUsize>) -> Self {
        Self { lines: VecDeque::new(), bytes: 0, together }
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub fn is_too_much(&self) -> bool {
        self.bytes > ALONE || self.bytes > SHARE && self.together.load(Ordering::Relaxed) > TOGETHER
    }

    pub fn push(&mut self, line: Line) {
        self.bytes += size(&line);
        self.together.fetch_add(size(&line), Ordering::Relaxed);
        self.lines.push_back(line);
    }

    pub fn pop(&mut self) -> Option<Line> {
        let line = self.lines.pop_front()?;
        self.bytes -= size(&line);
        self.together.fetch_sub(size(&line), Ordering::Relaxed);
        if self.lines.is_empty() {
            self.lines.shrink_to(PLACES);
        }
        Some(line)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.together.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

fn size(line: &Line) -> usize {
    size_of::<Line>() + line.text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::lines::Lines;

    #[test]
    fn empty_lines_are_held_back_within_bounds_too() {
        let mut waiting = Waiting::new(Arc::default());
        let mut held = 0;
        Lines::at(0).feed(&vec![b'\n'; ALONE], |line| {
            if !waiting.is_too_much() {
                waiting.push(line);
                held += 1;
            }
        });
        assert!(held < ALONE / 16, "{held} lines were held back");
    }

    #[test]
    fn many_files_have_a_share_each_and_give_back_what_they_took() {
        let together = Arc::new(AtomicUsize::new(0));
        let mut files: Vec<Waiting> = (0..1000).map(|_| Waiting::new(Arc::clone(&together))).collect();
        for file in &mut files {
            while !file.is_too_much() {
                file.push(Line { text: "x".repeat(1000), end: 0 });
            }
        }
        assert!(together.load(Ordering::Relaxed) < TOGETHER + ALONE + 1000 * (SHARE + 2000));
        assert!(files.last().is_some_and(|file| file.bytes < SHARE + 2000), "the last has no more than its share");
        let first = files.first_mut().unwrap();
        while first.pop().is_some() {}
        assert!(first.is_empty() && first.lines.capacity() <= PLACES);
        drop(files);
        assert_eq!(together.load(Ordering::Relaxed), 0);
    }
}
