//! Finds secret words in bytes: plain, and as base64 shows them whatever stands before them, three times over. Words
//! are encoded instead of the bytes decoded, so that one pass over the bytes is enough for all of them.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

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
    /// A token of Entra's.
    Access,
}

pub struct Words {
    automaton: AhoCorasick,
    /// By pattern.
    kinds: Vec<Kind>,
}

impl Words {
    /// Words with how many times over they may stand in base64.
    pub fn new<'a>(words: impl IntoIterator<Item = (Kind, &'a str, usize)>) -> Self {
        let (mut patterns, mut kinds) = (Vec::new(), Vec::new());
        for (kind, word, times) in words {
            let head = &word.as_bytes()[..word.len().min(HEAD)];
            let mut forms = BTreeSet::from([head.to_vec()]);
            for _ in 0..times {
                let deeper: Vec<_> = forms.iter().flat_map(|form| (0..3).map(|at| in_base64(form, at))).collect();
                forms.extend(deeper);
            }
            kinds.resize(kinds.len() + forms.len(), kind);
            patterns.extend(forms);
        }
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(patterns);
        Self { automaton: automaton.expect("few words"), kinds }
    }

    /// The first word that isn't `allowed` here.
    pub fn find(&self, bytes: &[u8], allowed: &[Kind]) -> Option<Kind> {
        let mut found = self.automaton.find_overlapping_iter(bytes).map(|found| self.kinds[found.pattern()]);
        found.find(|kind| !allowed.contains(kind))
    }
}

/// The part of the word's base64 that doesn't depend on what stands around it, when `before` bytes of a group of three
/// come first.
fn in_base64(word: &[u8], before: usize) -> Vec<u8> {
    let padded = [&[0; 2][..before], word].concat();
    let whole = (before * 8).div_ceil(6)..padded.len() * 8 / 6;
    STANDARD_NO_PAD.encode(padded).as_bytes()[whole].to_vec()
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
