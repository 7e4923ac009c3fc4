//! The bootstrap log of the machine chosen on the fleet screen.

use ansi_to_tui::IntoText;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::empty;
use crate::{
    fleet::{idle::in_words, stage::Marker},
    tui::{
        state::{State, View},
        theme::Theme,
    },
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(name) = state.selected_machine() else {
        return empty("no machine is chosen: go to the fleet with 1", theme, frame, area);
    };
    let [title, body] = Layout::vertical([Constraint::Length(2), Constraint::Min(1)]).areas(area);
    let none = View::default();
    let view = state.views.get(&name).unwrap_or(&none);
    frame.render_widget(heading(state, &name, view, theme), title);
    if view.log.len() == 0 {
        return empty("no line yet: the serial console comes first, SSH follows", theme, frame, body);
    }
    let height = usize::from(body.height);
    let last = view.log.len().saturating_sub(height);
    let first = if state.follow { last } else { state.scroll.saturating_sub(height - 1).min(last) };
    let lines: Vec<Line<'static>> = view.log.range(first, height).map(|l| coloured(l, state.colour, theme)).collect();
    frame.render_widget(Paragraph::new(lines), body);
}

fn heading(state: &State, name: &str, view: &View, theme: Theme) -> Line<'static> {
    let stage = match (view.progress.stage(), view.progress.eta(state.now)) {
        (Some(_), _) if view.progress.is_ready() => "ready".to_owned(),
        (Some(stage), Some(eta)) => format!("{}, about {} left", stage.word(), in_words(eta)),
        (Some(stage), None) => format!("failed in {}", stage.word()),
        (None, _) => "booting".to_owned(),
    };
    let mode = if state.follow { "following" } else { "paused: f follows again" };
    let dropped = match view.log.dropped() {
        0 => String::new(),
        n => format!(" · {n} old lines dropped"),
    };
    Line::from(vec![
        Span::styled(format!(" {name} "), theme.title),
        Span::styled(format!("{stage} · {} lines{dropped} · {mode}", view.log.len()), theme.dim),
    ])
}

/// Colours stay, everything else that could steer a terminal becomes visible.
fn coloured(line: &str, colour: bool, theme: Theme) -> Line<'static> {
    if Marker::parse(line).is_some() {
        return Line::from(Span::styled(crate::ops::text::harmless(line), theme.accent));
    }
    if !colour {
        return Line::raw(crate::ops::text::harmless(&without_colours(line)));
    }
    let safe = keep_colours(line);
    match safe.into_text() {
        Ok(text) => Line::from(text.lines.into_iter().flat_map(|l| l.spans).collect::<Vec<_>>()),
        Err(_) => Line::raw(crate::ops::text::harmless(line)),
    }
}

/// Leaves `ESC [ digits ; m` alone and makes every other control character visible.
fn keep_colours(line: &str) -> String {
    parts(line).map(|(text, colour)| if colour { text.to_owned() } else { crate::ops::text::harmless(text) }).collect()
}

fn without_colours(line: &str) -> String {
    parts(line).filter(|(_, colour)| !colour).map(|(text, _)| text).collect()
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
        assert_eq!(without_colours("a\u{1b}[31mred\u{1b}[0m"), "ared");
        assert_eq!(keep_colours("\u{1b}"), "␛");
        assert_eq!(keep_colours("\u{1b}[31"), "␛[31");
    }
}
