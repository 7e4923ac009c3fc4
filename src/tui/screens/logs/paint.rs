//! A log line as rows of a screen.

use ratatui::{
    style::{Modifier, Style},
    text::{Line as Row, Span},
};
use time::{OffsetDateTime, macros::format_description};
use unicode_width::UnicodeWidthChar;

use crate::ops::text::harmless;
use crate::tui::{
    logs::{
        Level, Line, Look,
        ansi::{coloured, plain},
    },
    theme::Theme,
};

pub struct Brush<'a> {
    pub look: &'a Look,
    pub theme: Theme,
    pub colour: bool,
    pub width: usize,
}

impl Brush<'_> {
    /// The line in as many rows as it takes; `name` stands in front.
    pub fn rows(&self, line: &Line, name: Option<Span<'static>>, is_cursor: bool) -> Vec<Row<'static>> {
        let mut front: Vec<Span<'static>> = name.into_iter().collect();
        if self.look.times {
            front.push(Span::styled(time(line), self.theme.dim));
        }
        let indent: usize = front.iter().map(Span::width).sum();
        let body = self.found(self.body(line));
        let room = self.width.saturating_sub(indent).max(1);
        let pieces = if self.look.wrap { wrapped(&body, room) } else { vec![cut(&body, self.look.sideways, room)] };
        let rows = pieces.into_iter().enumerate().map(|(n, piece)| {
            let mut spans = if n == 0 { front.clone() } else { vec![Span::raw(" ".repeat(indent))] };
            spans.extend(piece);
            let style = if is_cursor { self.theme.selected } else { Style::new() };
            Row::from(spans).style(style)
        });
        rows.collect()
    }

    fn body(&self, line: &Line) -> Vec<Span<'static>> {
        let text = line.body();
        let level = match line.level {
            _ if line.special && line.level != Level::Error => self.theme.accent,
            Level::Error => self.theme.bad,
            Level::Warn => self.theme.warn,
            Level::Debug => self.theme.dim,
            Level::Info => Style::new(),
        };
        if !self.colour {
            return vec![Span::styled(harmless(&plain(text)), level)];
        }
        // A line's own colours win over its level's.
        coloured(text).into_iter().map(|s| Span::styled(s.content, level.patch(s.style))).collect()
    }

    /// What is searched for stands out.
    fn found(&self, spans: Vec<Span<'static>>) -> Vec<Span<'static>> {
        let Some(search) = &self.look.search else { return spans };
        let whole: String = spans.iter().map(|s| s.content.as_ref()).collect();
        let places = search.places(&whole);
        if places.is_empty() {
            return spans;
        }
        let mut at = 0;
        let mut out = Vec::new();
        for span in spans {
            let text = span.content.as_ref();
            let inside = |byte: usize| places.iter().any(|p| p.contains(&byte));
            let mut from = 0;
            let ends = places.iter().flat_map(|p| [p.start, p.end]).filter(|e| (at + 1..at + text.len()).contains(e));
            let mut ends: Vec<usize> = ends.map(|e| e - at).chain([text.len()]).collect();
            ends.sort_unstable();
            for end in ends.into_iter().filter(|e| *e > 0) {
                if end > from {
                    let mark = if inside(at + from) { Modifier::REVERSED } else { Modifier::empty() };
                    out.push(Span::styled(text[from..end].to_owned(), span.style.add_modifier(mark)));
                    from = end;
                }
            }
            at += text.len();
        }
        out
    }
}

/// When the line was written; `~` before the time when it arrived, if it does not say itself.
fn time(line: &Line) -> String {
    let at = OffsetDateTime::from_unix_timestamp(line.at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let shown = at.format(format_description!("[hour]:[minute]:[second]")).unwrap_or_default();
    format!("{}{shown} ", if line.own_time { " " } else { "~" })
}

/// The part of a line that is in sight.
fn cut(spans: &[Span<'static>], skip: usize, room: usize) -> Vec<Span<'static>> {
    let (mut column, mut out) = (0, Vec::new());
    for span in spans {
        let mut text = String::new();
        for c in span.content.chars() {
            let width = c.width().unwrap_or(0);
            if column >= skip && column + width <= skip + room {
                text.push(c);
            }
            column += width;
        }
        if !text.is_empty() {
            out.push(Span::styled(text, span.style));
        }
        if column > skip + room {
            break;
        }
    }
    out
}

fn wrapped(spans: &[Span<'static>], room: usize) -> Vec<Vec<Span<'static>>> {
    let (mut rows, mut column) = (vec![Vec::new()], 0);
    for span in spans {
        let mut text = String::new();
        for c in span.content.chars() {
            let width = c.width().unwrap_or(0);
            if column + width > room && column > 0 {
                push(&mut rows, std::mem::take(&mut text), span.style);
                rows.push(Vec::new());
                column = 0;
            }
            text.push(c);
            column += width;
        }
        push(&mut rows, text, span.style);
    }
    rows
}

fn push(rows: &mut [Vec<Span<'static>>], text: String, style: Style) {
    if let Some(row) = rows.last_mut().filter(|_| !text.is_empty()) {
        row.push(Span::styled(text, style));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(rows: &[Vec<Span<'static>>]) -> String {
        rows.iter().flatten().map(|s| s.content.as_ref()).collect()
    }

    proptest! {
        #[test]
        fn wrapping_loses_nothing_and_no_row_is_too_wide(line in "[ -~設é🙂]{0,200}", room in 2usize..60) {
            let safe = harmless(&line);
            let rows = wrapped(&[Span::raw(safe.clone())], room);
            prop_assert_eq!(text(&rows), safe);
            for row in &rows {
                prop_assert!(row.iter().map(|s| s.width()).sum::<usize>() <= room);
            }
        }

        #[test]
        fn marking_what_is_found_changes_no_text(line in "[ab設 ]{0,60}", typed in "[ab設]{1,3}") {
            let look = Look { search: crate::tui::logs::Pattern::parse(&typed).unwrap(), ..Look::default() };
            let brush = Brush { look: &look, theme: Theme::default(), colour: true, width: 80 };
            let half = (0..=line.len() / 2).rev().find(|at| line.is_char_boundary(*at)).unwrap();
            let spans = vec![Span::raw(line[..half].to_owned()), Span::raw(line[half..].to_owned())];
            let marked = brush.found(spans);
            prop_assert_eq!(text(std::slice::from_ref(&marked)), line.clone());
            let lit: String = marked.iter().filter(|s| s.style.add_modifier.contains(Modifier::REVERSED))
                .map(|s| s.content.as_ref()).collect();
            prop_assert_eq!(lit, typed.repeat(line.matches(&typed).count()));
        }
    }

    #[test]
    fn a_wide_character_that_does_not_fit_is_left_out() {
        let shown = cut(&[Span::raw("a設定b")], 0, 4);
        assert_eq!(text(&[shown]), "a設");
        assert_eq!(text(&[cut(&[Span::raw("a設定b")], 3, 4)]), "定b");
    }
}
