//! Log lines of one machine, bounded in bytes.

use std::collections::VecDeque;

/// Bytes kept of one machine's log.
pub const LIMIT: usize = 256 * 1024;

#[derive(Clone, Debug, Default)]
pub struct Ring {
    lines: VecDeque<String>,
    bytes: usize,
    dropped: u64,
}

impl Ring {
    pub fn push(&mut self, line: String) {
        self.bytes += size(&line);
        self.lines.push_back(line);
        while self.bytes > LIMIT {
            let Some(gone) = self.lines.pop_front() else { break };
            self.bytes -= size(&gone);
            self.dropped += 1;
        }
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Lines that had to go since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    pub fn range(&self, from: usize, count: usize) -> impl Iterator<Item = &str> {
        self.lines.iter().skip(from).take(count).map(String::as_str)
    }
}

/// An empty line is not for nothing.
fn size(line: &str) -> usize {
    size_of::<String>() + line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_of_empty_lines_is_bounded_too() {
        let mut ring = Ring::default();
        (0..LIMIT).for_each(|_| ring.push(String::new()));
        assert!(ring.len() <= LIMIT / size_of::<String>(), "{} lines", ring.len());
        assert_eq!(ring.len() as u64 + ring.dropped(), LIMIT as u64);
    }
}
