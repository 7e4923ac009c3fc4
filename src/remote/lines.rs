//! Bytes of a followed file, cut into lines, with the place in the file where each line ends.

/// Kept of one line; the rest is counted.
const LINE_LIMIT: usize = 16 * 1024;

/// A whole line and the offset of the byte after its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub end: u64,
}

#[derive(Debug)]
pub struct Lines {
    /// Offset in the file of the next byte to come.
    position: u64,
    partial: Vec<u8>,
    dropped: u64,
}

impl Lines {
    /// For bytes that begin at `offset` of the file, the start of a line.
    pub fn at(offset: u64) -> Self {
        Self { position: offset, partial: Vec::new(), dropped: 0 }
    }

    /// Takes bytes in and gives out the lines that they complete.
    pub fn feed(&mut self, mut bytes: &[u8], mut line: impl FnMut(Line)) {
        while let Some(end) = bytes.iter().position(|b| *b == b'\n') {
            self.hold(&bytes[..end]);
            self.position += 1;
            line(Line { text: self.finish(), end: self.position });
            bytes = &bytes[end + 1..];
        }
        self.hold(bytes);
    }

    fn hold(&mut self, bytes: &[u8]) {
        self.position += bytes.len() as u64;
        let room = (LINE_LIMIT - self.partial.len()).min(bytes.len());
        self.partial.extend_from_slice(&bytes[..room]);
        self.dropped += (bytes.len() - room) as u64;
    }

    fn finish(&mut self) -> String {
        let bytes = std::mem::take(&mut self.partial);
        let dropped = std::mem::take(&mut self.dropped);
        if dropped == 0 {
            return String::from_utf8_lossy(bytes.strip_suffix(b"\r").unwrap_or(&bytes)).into_owned();
        }
        // Don't make a broken character of one that was cut.
        let whole = match std::str::from_utf8(&bytes) {
            Err(e) if e.error_len().is_none() => e.valid_up_to(),
            _ => bytes.len(),
        };
        let dropped = dropped + (bytes.len() - whole) as u64;
        format!("{} … (+{dropped} bytes)", String::from_utf8_lossy(&bytes[..whole]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(lines: &mut Lines, bytes: &[u8]) -> Vec<Line> {
        let mut got = Vec::new();
        lines.feed(bytes, |line| got.push(line));
        got
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        all(&mut Lines::at(0), bytes).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn ends_utf8_and_partial_lines() {
        assert_eq!(texts(b"a\r\n\nb\xff\xc3\xa9\nno end"), ["a", "", "b\u{fffd}é"]);
        let mut lines = Lines::at(100);
        assert_eq!(all(&mut lines, b"ha"), []);
        assert_eq!(all(&mut lines, b"lf\nx"), [Line { text: "half".into(), end: 105 }]);
    }

    #[test]
    fn a_long_line_is_cut_at_a_character_and_the_rest_counted() {
        let fits = "x".repeat(LINE_LIMIT);
        assert_eq!(texts(format!("{fits}\nb\n").as_bytes()), [fits.as_str(), "b"]);
        let long = format!("{}é{}\nnext\n", "x".repeat(LINE_LIMIT - 1), "y".repeat(40_000));
        let expected = format!("{} … (+40002 bytes)", "x".repeat(LINE_LIMIT - 1));
        assert_eq!(texts(long.as_bytes()), [expected.as_str(), "next"]);
    }

    proptest! {
        #[test]
        fn however_the_bytes_arrive_and_wherever_reading_resumes(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..300),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
            breaks in any::<prop::sample::Index>(),
        ) {
            let whole = all(&mut Lines::at(0), &bytes);
            let mut at: Vec<usize> = cuts.iter().map(|i| i.index(bytes.len() + 1)).collect();
            at.sort_unstable();
            let (mut lines, mut got, mut from) = (Lines::at(0), Vec::new(), 0);
            for to in at.into_iter().chain([bytes.len()]) {
                got.extend(all(&mut lines, &bytes[from..to]));
                from = to;
            }
            prop_assert_eq!(&got, &whole);

            // The connection breaks anywhere; reading resumes after the last whole line.
            let lost_at = breaks.index(bytes.len() + 1);
            let mut got = all(&mut Lines::at(0), &bytes[..lost_at]);
            let resume = got.last().map_or(0, |line| line.end);
            got.extend(all(&mut Lines::at(resume), &bytes[resume as usize..]));
            prop_assert_eq!(&got, &whole);
        }
    }
}
