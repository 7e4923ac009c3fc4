//! Who did what from this computer, newest first, and the command line that does the same.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Row, Table, TableState, Wrap},
};
use time::macros::format_description;

use super::empty;
use crate::{
    fleet::idle::in_words,
    ops::{
        activity::{Entry, State as Came},
        text::harmless,
    },
    tui::{
        state::{Screen, State},
        theme::Theme,
    },
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(record) = &state.record else { return empty("reading the record …", theme, frame, area) };
    if state.actions().next().is_none() {
        let words = match record.entries.len() {
            0 => "nothing was done from this computer yet; every action will be kept here".to_owned(),
            n => format!("none of {n} actions has `{}` in it", harmless(&state.search)),
        };
        return empty(&words, theme, frame, area);
    }
    let [table, below] = Layout::vertical([Constraint::Min(3), Constraint::Length(3)]).areas(area);
    let at = state.at(Screen::Activity);
    // Only what can be seen is made into rows.
    let height = usize::from(table.height.saturating_sub(1)).max(1);
    let first = at.saturating_sub(height - 1);
    let wide = area.width >= 100;
    let rows = state.actions().skip(first).take(height).map(|entry| row(entry, state, wide, theme));
    let mut widths = vec![Constraint::Length(8), Constraint::Length(13), Constraint::Fill(1)];
    let mut titles = vec!["AGO", "RESULT", "COMMAND"];
    if wide {
        widths.insert(1, Constraint::Length(24));
        titles.insert(1, "WHO");
    }
    let shown = Table::new(rows, widths)
        .header(Row::new(titles).style(theme.dim))
        .column_spacing(2)
        .highlight_symbol("▌")
        .row_highlight_style(theme.selected);
    frame.render_stateful_widget(shown, table, &mut TableState::default().with_selected(Some(at - first)));
    if let Some(entry) = state.actions().nth(at) {
        frame.render_widget(Paragraph::new(details(entry, theme)).wrap(Wrap { trim: true }), below);
    }
}

fn row(entry: &Entry, state: &State, wide: bool, theme: Theme) -> Row<'static> {
    let (sign, style) = sign(entry.state, theme);
    let result = Span::styled(format!("{sign} {}", entry.state.word()), style);
    let mut cells = vec![
        Span::raw(in_words((state.now - entry.at).max(time::Duration::ZERO))),
        result,
        Span::raw(harmless(&entry.command)),
    ];
    if wide {
        cells.insert(1, Span::raw(harmless(who(entry))));
    }
    Row::new(cells)
}

fn sign(came: Came, theme: Theme) -> (&'static str, ratatui::style::Style) {
    match came {
        Came::Begun => ("◐", theme.warn),
        Came::Done => ("✔", theme.good),
        Came::Partial | Came::Interrupted => ("~", theme.warn),
        Came::Failed | Came::Refused => ("✖", theme.bad),
    }
}

fn who(entry: &Entry) -> &str {
    entry.signed_in.as_deref().unwrap_or(&entry.who)
}

fn details(entry: &Entry, theme: Theme) -> Vec<Line<'static>> {
    let at = entry.at.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC"));
    let took = entry.ended.map(|ended| format!(" · took {}", in_words((ended - entry.at).max(time::Duration::ZERO))));
    let first = format!(" {} · {}{}", at.unwrap_or_default(), harmless(who(entry)), took.unwrap_or_default());
    let words = if entry.targets.is_empty() {
        entry.words.clone()
    } else {
        format!("{} · {}", entry.targets.join(", "), entry.words)
    };
    vec![
        Line::from(Span::styled(first, theme.dim)),
        Line::from(Span::styled(format!(" {}", harmless(&words)), theme.text)),
    ]
}
