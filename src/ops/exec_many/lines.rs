//! A command's output, cut into lines as it comes. Nothing is dropped: what is too long for one line goes on in the next.

/// Held of a line without its end.
pub const LONGEST: usize = 64 * 1024;

/// A line without its end, or a piece of one that is too long to be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Invalid UTF-8 is replaced; control characters are still in it.
    pub text: String,
    /// The same line goes on in the next one.
    pub goes_on: bool,
}

#[derive(Debug, Default)]
pub struct Lines {
    partial: Vec<u8>,
}

impl Lines {
    /// Takes bytes in and gives out the lines that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Line> {
        let mut done = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            match part.strip_suffix(b"\n") {
                Some(rest) => {
                    self.hold(rest, &mut done);
                    let line = std::mem::take(&mut self.partial);
                    done.push(read(line.strip_suffix(b"\r").unwrap_or(&line), false));
                }
                None => self.hold(part, &mut done),
            }
        }
        done
    }

    /// What is left when the output ends without a line's end.
    pub fn rest(self) -> Option<Line> {
        (!self.partial.is_empty()).then(|| read(&self.partial, false))
    }

    fn hold(&mut self, bytes: &[u8], done: &mut Vec<Line>) {
        self.partial.extend_from_slice(bytes);
        while self.partial.len() > LONGEST {
            let is_start = |at: &usize| self.partial[*at] & 0xc0 != 0x80;
            // A character has at most four bytes; what is none may be cut anywhere.
            let end = (LONGEST - 3..=LONGEST).rev().find(is_start).unwrap_or(LONGEST);
            let rest = self.partial.split_off(end);
            done.push(read(&std::mem::replace(&mut self.partial, rest), true));
        }
    }
}

fn read(bytes: &[u8], goes_on: bool) -> Line {
    Line { text: String::from_utf8_lossy(bytes).into_owned(), goes_on }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ends_and_what_has_none() {
        let mut lines = Lines::default();
        let texts = |lines: Vec<Line>| lines.into_iter().map(|line| line.text).collect::<Vec<_>>();
        assert_eq!(texts(lines.feed(b"a\r\n\nb\xff\xc3")), ["a", ""]);
        assert_eq!(texts(lines.feed(b"\xa9\nno end")), ["b\u{fffd}é"]);
        assert_eq!(lines.rest().unwrap().text, "no end");
        assert_eq!(Lines::default().rest(), None);
    }

    proptest! {
        #[test]
        fn a_long_line_comes_whole_in_pieces(
            ahead in 0_usize..8,
            characters in prop::sample::select(vec!["x", "é", "字", "🦀"]),
            times in 0_usize..60_000,
            cut in any::<prop::sample::Index>(),
        ) {
            let line = "y".repeat(ahead) + &characters.repeat(times);
            let bytes = format!("{line}\nnext\n").into_bytes();
            let (first, second) = bytes.split_at(cut.index(bytes.len()));
            let mut lines = Lines::default();
            let mut got = lines.feed(first);
            got.extend(lines.feed(second));
            prop_assert!(lines.rest().is_none() && got.iter().all(|line| line.text.len() <= LONGEST));
            let ends: Vec<usize> = (0..got.len()).filter(|n| !got[*n].goes_on).collect();
            prop_assert_eq!(ends, [got.len() - 2, got.len() - 1]);
            let whole: String = got.iter().map(|line| line.text.as_str()).collect();
            prop_assert_eq!(whole, line + "next");
        }
    }
}
