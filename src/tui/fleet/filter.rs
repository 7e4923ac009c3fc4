//! The filter line: terms that all have to hold. What is typed counts at once; an unfinished regex leaves the filter
//! as it was.

use nucleo_matcher::{Config, Matcher};

use super::{
    columns::{Column, Row, by_id},
    term::Term,
};

#[derive(Clone, Debug, Default)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
    problem: Option<String>,
}

impl Filter {
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with the text; the filter then is the last one that was right.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    pub fn set(&mut self, text: String) {
        match pieces(&text).into_iter().map(Term::parse).collect() {
            Ok(terms) => (self.terms, self.problem) = (terms, None),
            Err(problem) => self.problem = Some(problem),
        }
        self.text = text;
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.text.is_empty()
    }

    /// Those that the filter looks at: none without a filter, else the ones in sight and any other that it names.
    pub fn columns(&self, shown: &[&'static str]) -> Vec<&'static Column> {
        if self.terms.is_empty() {
            return Vec::new();
        }
        let mut ids = shown.to_vec();
        ids.extend(self.terms.iter().filter_map(Term::column).filter(|id| !shown.contains(id)));
        ids.into_iter().filter_map(by_id).collect()
    }

    /// A test of rows.
    pub fn test<'a>(&'a self, shown: &[&'static str]) -> impl FnMut(&Row<'_>) -> bool + use<'a> {
        // Its memory is large, and mostly nothing is filtered.
        let mut matcher = (!self.terms.is_empty()).then(|| Matcher::new(Config::DEFAULT));
        let columns = self.columns(shown);
        move |row| {
            let Some(matcher) = &mut matcher else { return true };
            let words: Vec<_> = columns.iter().map(|c| (c.id, (c.cell)(row).text)).collect();
            self.terms.iter().all(|term| term.passes(&words, matcher))
        }
    }
}

/// Split at blanks, but not inside `/…/`.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text.trim_start());
    while !rest.is_empty() {
        let begins = rest.trim_start_matches('!');
        let begins =
            begins.split_once(':').filter(|(id, _)| by_id(&id.to_lowercase()).is_some()).map_or(begins, |b| b.1);
        let from = rest.len() - begins.len();
        let end = match begins.strip_prefix('/') {
            Some(inner) => inner.find('/').map_or(rest.len(), |i| from + i + 2),
            None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        pieces.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_part_terms_but_not_expressions() {
        assert_eq!(pieces("  al  state:run "), ["al", "state:run"]);
        assert_eq!(pieces("/a b/ c !why:/x y/ z"), ["/a b/", "c", "!why:/x y/", "z"]);
        assert_eq!(pieces("/open b"), ["/open b"]);
        assert_eq!(pieces("http://x y"), ["http://x", "y"]);
        assert!(pieces("   ").is_empty());
    }

    #[test]
    fn an_unfinished_expression_keeps_the_last_good_filter() {
        let mut filter = Filter::default();
        filter.set("state:run".into());
        filter.set("state:run /(/".into());
        assert_eq!((filter.terms.len(), filter.text()), (1, "state:run /(/"));
        assert!(filter.problem().is_some_and(|p| p.contains("no regular expression")));
        filter.set("state:run /(a)/".into());
        assert_eq!((filter.terms.len(), filter.problem()), (2, None));
    }
}
