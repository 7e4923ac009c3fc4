//! Colours of a log line, and nothing else of what could steer a terminal.

use std::borrow::Cow;

use ansi_to_tui::IntoText;
use ratatui::text::Span;

use crate::ops::text::harmless;

/// The line in pieces that can do no harm; colours stay.
pub fn coloured(line: &str) -> Vec<Span<'static>> {
    if !line.contains('\u{1b}') {
        return vec![Span::raw(harmless(line))];
    }
    match keep_colours(line).into_text() {
        Ok(text) => text.lines.into_iter().flat_map(|l| l.spans).collect(),
        Err(_) => vec![Span::raw(harmless(&plain(line)))],
    }
}

/// The line without its colours; other control characters are still there.
pub fn plain(line: &str) -> Cow<'_, str> {
    if !line.contains('\u{1b}') {
        return Cow::Borrowed(line);
    }
    Cow::Owned(parts(line).filter(|(_, colour)| !colour).map(|(text, _)| text).collect())
}

/// Leaves `ESC [ digits ; m` alone and makes every other control character visible.
fn keep_colours(line: &str) -> String {
    parts(line).map(|(text, colour)| if colour { text.to_owned() } else { harmless(text) }).collect()
}

/// The line in pieces: plain text, and colour sequences.
fn parts(line: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, colour) = match colour_at_start(rest) {
            Some(length) => (length, true),
            None => {
                let next =
                    rest.char_indices().skip(1).find(|(i, c)| *c == '\u{1b}' && colour_at_start(&rest[*i..]).is_some());
                (next.map_or(rest.len(), |(i, _)| i), false)
            }
        };
        let (now, later) = rest.split_at(piece);
        rest = later;
        Some((now, colour))
    })
}

fn colour_at_start(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("\u{1b}[")?;
    let end = inner.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    inner[end..].starts_with('m').then_some(2 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_stay_and_nothing_else_does() {
        assert_eq!(keep_colours("a\u{1b}[31mred\u{1b}[0m\u{1b}[2Jx\u{7}é"), "a\u{1b}[31mred\u{1b}[0m␛[2Jx␇é");
        assert_eq!(plain("a\u{1b}[31mred\u{1b}[0m"), "ared");
        assert_eq!(keep_colours("\u{1b}"), "␛");
        assert_eq!(keep_colours("\u{1b}[31"), "␛[31");
    }
}
