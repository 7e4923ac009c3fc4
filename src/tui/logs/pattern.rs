//! What is searched for, and what is shown.

use regex::{Regex, RegexBuilder};

use super::{ansi::plain, level::Level, line::Line};

/// Compiled patterns take no more memory than this.
const SIZE: usize = 1 << 20;

/// A text, or `/a regex/`. Without a capital letter, case does not count.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub typed: String,
    regex: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.typed == other.typed
    }
}

impl Pattern {
    /// `None` for nothing typed. While a regex is being typed, its closing `/` may be missing.
    pub fn parse(typed: &str) -> Result<Option<Self>, String> {
        let source = match typed.strip_prefix('/') {
            Some(inner) => inner.strip_suffix('/').unwrap_or(inner).to_owned(),
            None => regex::escape(typed),
        };
        if source.is_empty() {
            return Ok(None);
        }
        let any_case = !typed.chars().any(char::is_uppercase);
        let built = RegexBuilder::new(&source).case_insensitive(any_case).size_limit(SIZE).build();
        let explain = |e: regex::Error| {
            let last = e.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("this is no regex yet: {last}")
        };
        Ok(Some(Self { typed: typed.to_owned(), regex: built.map_err(explain)? }))
    }

    pub fn fits(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Where it is found in a text; empty finds are none.
    pub fn places(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        self.regex.find_iter(text).map(|m| m.range()).filter(|r| !r.is_empty()).collect()
    }
}

/// Which lines are shown: `level:warn`, `!not this`, a text or a `/regex/`; a level may stand before the rest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub least: Option<Level>,
    pub unless: bool,
    pub pattern: Option<Pattern>,
}

impl Filter {
    pub fn parse(typed: &str) -> Result<Self, String> {
        let (mut rest, mut least) = (typed.trim_start(), None);
        if let Some(after) = rest.strip_prefix("level:") {
            let word = after.split(' ').next().unwrap_or_default();
            let unknown = || format!("there is no level `{word}`: debug, info, warn or error");
            least = Some(Level::from_word(word).ok_or_else(unknown)?);
            rest = after[word.len()..].trim_start();
        }
        let unless = rest.starts_with('!');
        Ok(Self { least, unless, pattern: Pattern::parse(rest.strip_prefix('!').unwrap_or(rest))? })
    }

    pub fn is_empty(&self) -> bool {
        self.least.is_none() && self.pattern.is_none()
    }

    /// Colours don't hide a word.
    pub fn shows(&self, line: &Line) -> bool {
        let serious = self.least.is_none_or(|least| line.level >= least);
        let fits = |p: &Pattern| p.fits(&plain(line.text())) != self.unless;
        serious && self.pattern.as_ref().is_none_or(fits)
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn shows(filter: &str, text: &str) -> bool {
        Filter::parse(filter).unwrap().shows(&Line::new(text.into(), OffsetDateTime::UNIX_EPOCH))
    }

    #[test]
    fn texts_regexes_levels_and_their_opposite() {
        assert!(shows("", "x") && shows("npm", "an NPM line") && !shows("NPM", "an npm line"));
        assert!(shows("a.b", "xa.b") && !shows("a.b", "aXb") && shows("/a.b/", "aXb") && shows("/a.b", "aXb"));
        assert!(shows("red", "re\u{1b}[31md"), "colours don't hide a word");
        assert!(!shows("!npm", "npm") && shows("!npm", "apt"));
        assert!(shows("level:warn", "ERROR x") && !shows("level:warn", "INFO x"));
        assert!(shows("level:warn !disk", "ERROR x") && !shows("level:warn !disk", "ERROR disk"));
    }

    #[test]
    fn what_is_no_regex_says_why() {
        assert!(Pattern::parse("/(/").unwrap_err().contains("unclosed group"));
        assert!(Filter::parse("level:loud").unwrap_err().contains("`loud`"));
        assert!(Pattern::parse("/(a{1000}){1000}/").is_err(), "one that would eat the memory");
        assert_eq!(Pattern::parse("//").unwrap(), None);
    }
}
