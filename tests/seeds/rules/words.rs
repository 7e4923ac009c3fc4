//! Finds secret words in bytes: plain, and as base64 shows them whatever stands before them, three times over. Words
//! are encoded instead of the bytes decoded, so that one pass over the bytes is enough for all of them.

use std::collections::{BTreeSet, VecDeque};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Of a long word so much is enough to know it by.
const HEAD: usize = 16;

/// Whose word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What an operator gives to machines.
    Secret,
    /// The service principal's own.
    Client,
    /// A gateway's token.
    Token,
}

/// An automaton (Aho and Corasick): which state follows which on a byte, and which word ends there.
pub struct Words {
    next: Vec<[u16; 256]>,
    ends: Vec<Option<Kind>>,
}

impl Words {
    /// Words with how many times over they may stand in base64.
    pub fn new<'a>(words: impl IntoIterator<Item = (Kind, &'a str, usize)>) -> Self {
        let mut all = Self { next: vec![[0; 256]], ends: vec![None] };
        for (kind, word, times) in words {
            let head = &word.as_bytes()[..word.len().min(HEAD)];
            let mut forms = BTreeSet::from([head.to_vec()]);
            for _ in 0..times {
                let deeper: Vec<_> = forms.iter().flat_map(|form| (0..3).map(|at| in_base64(form, at))).collect();
                forms.extend(deeper);
            }
            forms.iter().for_each(|form| all.add(form, kind));
        }
        all.fall_back();
        all
    }

    fn add(&mut self, form: &[u8], kind: Kind) {
        let mut at = 0;
        for byte in form {
            if self.next[at][usize::from(*byte)] == 0 {
                self.next[at][usize::from(*byte)] = u16::try_from(self.next.len()).expect("few words");
                self.next.push([0; 256]);
                self.ends.push(None);
            }
            at = usize::from(self.next[at][usize::from(*byte)]);
        }
        self.ends[at] = Some(kind);
    }

    /// Where a word breaks off, the longest other beginning goes on.
    fn fall_back(&mut self) {
        let mut back = vec![0_usize; self.next.len()];
        let mut queue = VecDeque::from([0_usize]);
        while let Some(at) = queue.pop_front() {
            let other = self.next[back[at]];
            for (byte, other) in other.into_iter().enumerate() {
                let child = usize::from(self.next[at][byte]);
                if child == 0 {
                    self.next[at][byte] = if at == 0 { 0 } else { other };
                    continue;
                }
                back[child] = if at == 0 { 0 } else { usize::from(other) };
                self.ends[child] = self.ends[child].or(self.ends[back[child]]);
                queue.push_back(child);
            }
        }
    }

    /// The first word that isn't `allowed` here.
    pub fn find(&self, bytes: &[u8], allowed: &[Kind]) -> Option<Kind> {
        let mut at = 0;
        for byte in bytes {
            at = usize::from(self.next[at][usize::from(*byte)]);
            if let Some(kind) = self.ends[at]
                && !allowed.contains(&kind)
            {
                return Some(kind);
            }
        }
        None
    }
}

/// The part of the word's base64 that doesn't depend on what stands around it, when `before` bytes of a group of three
/// come first.
fn in_base64(word: &[u8], before: usize) -> Vec<u8> {
    let bit = |n: usize| u8::from(word[n / 8] & (0x80 >> (n % 8)) != 0);
    let skip = (6 - before * 8 % 6) % 6;
    let whole = (word.len() * 8 - skip) / 6;
    let six = |n: usize| (0..6).fold(0, |sum, b| sum << 1 | bit(skip + n * 6 + b));
    (0..whole).map(|n| BASE64[usize::from(six(n))]).collect()
}

#[test]
fn words_are_found_in_base64_in_base64() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let words = Words::new([(Kind::Secret, "MARKER-", 3), (Kind::Token, "0123456789abcdef0123", 1)]);
    for before in ["", "x", "xy", "xyz", "MARKE", "KEY='"] {
        let mut text = format!("{before}MARKER-7 and more");
        for times in 0..=3 {
            assert_eq!(words.find(text.as_bytes(), &[]), Some(Kind::Secret), "{before} {times}: {text}");
            assert_eq!(words.find(text.as_bytes(), &[Kind::Secret]), None);
            text = format!("{before}{}{before}", STANDARD.encode(&text));
        }
        assert_eq!(
            words.find(STANDARD.encode(format!("{before}0123456789abcdef0123")).as_bytes(), &[]),
            Some(Kind::Token)
        );
    }
    assert_eq!(words.find(b"MARKER, MARKEMARKE 0123456789abcde", &[]), None);
}
