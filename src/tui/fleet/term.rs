//! One term of a filter: `state:running`, `!drift:none`, `/regex/`, or a fuzzy word.

use nucleo_matcher::{
    Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};
use regex::{Regex, RegexBuilder};

use super::columns::by_id;

#[derive(Clone, Debug)]
pub struct Term {
    negative: bool,
    /// Looks at this column alone.
    column: Option<&'static str>,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    /// Fuzzy in names; what sentences have to contain, lest everything fits.
    Word(Pattern, String),
    /// Lower case.
    Contains(String),
    Regex(Regex),
    /// Nothing is known: `column:–` or `column:-`.
    Unknown,
}

/// A filter over many rows is quick only with a bound on what a pattern may become.
const LARGEST_PATTERN: usize = 1 << 20;

impl Term {
    /// The error is a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (negative, rest) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let column = rest.split_once(':').and_then(|(id, value)| Some((by_id(&id.to_lowercase())?.id, value)));
        let (column, value) = column.map_or((None, rest), |(id, value)| (Some(id), value));
        let test = match value.strip_prefix('/') {
            Some(pattern) => {
                let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
                let built = RegexBuilder::new(pattern).case_insensitive(true).size_limit(LARGEST_PATTERN).build();
                Test::Regex(built.map_err(|_| format!("/{pattern}/ is no regular expression"))?)
            }
            None if column.is_some() && matches!(value, "–" | "-") => Test::Unknown,
            None if column.is_some() => Test::Contains(value.to_lowercase()),
            None => {
                let fuzzy = Pattern::new(value, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
                Test::Word(fuzzy, value.to_lowercase())
            }
        };
        Ok(Self { negative, column, test })
    }

    /// Whether a row passes, given the words of its columns by id.
    pub fn passes(&self, words: &[(&str, String)], matcher: &mut Matcher) -> bool {
        let mut looked_at = words.iter().filter(|(id, _)| self.column.is_none_or(|column| column == *id));
        looked_at.any(|(id, text)| self.test.fits(id, text, matcher)) != self.negative
    }

    /// The column it looks at besides those that are shown.
    pub fn column(&self) -> Option<&'static str> {
        self.column
    }
}

impl Test {
    fn fits(&self, id: &str, text: &str, matcher: &mut Matcher) -> bool {
        match self {
            Self::Unknown => text.is_empty(),
            Self::Contains(part) => text.to_lowercase().contains(part),
            Self::Regex(regex) => regex.is_match(text),
            Self::Word(fuzzy, _) if matches!(id, "name" | "email") => {
                fuzzy.score(Utf32Str::new(text, &mut Vec::new()), matcher).is_some()
            }
            Self::Word(_, part) => text.to_lowercase().contains(part),
        }
    }
}
