//! One command on many machines, each with its exit code and what it said.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{empty, list};
use crate::{
    ops::text::harmless,
    tui::{
        state::{Screen, State},
        theme::Theme,
        throbber,
    },
};

/// Lines shown of each machine but the chosen one.
const FEW: usize = 3;

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(exec) = &state.exec else {
        return empty("nothing was run yet: ! on the fleet screen runs a command", theme, frame, area);
    };
    let (good, bad, open) = exec.count();
    let words = format!(" {} · {good} well, {bad} not, {open} at work", harmless(&exec.command));
    let mut lines = vec![(None, Line::from(Span::styled(words, theme.title)))];
    for (n, (machine, answer)) in exec.machines.iter().enumerate() {
        let (sign, words, style) = match &answer.end {
            None => (throbber::sign(state), "runs".to_owned(), theme.accent),
            Some(Ok(0)) => ("✔".to_owned(), "ended with 0".to_owned(), theme.good),
            Some(Ok(code)) => ("✖".to_owned(), format!("ended with {code}"), theme.bad),
            Some(Err(why)) => ("✖".to_owned(), format!("did not run: {}", harmless(why)), theme.bad),
        };
        let spans = vec![
            Span::styled(format!("{sign} "), style),
            Span::styled(format!("{machine:<20} "), theme.text),
            Span::styled(words, style),
        ];
        lines.push((Some(n), Line::from(spans)));
        let text = &answer.text;
        let all = text.lines().count();
        let skip = if n == state.at(Screen::Exec) { 0 } else { all.saturating_sub(FEW) };
        if skip > 0 {
            let words = format!("    … {skip} lines before; the cursor shows them");
            lines.push((None, Line::from(Span::styled(words, theme.dim))));
        }
        for line in text.lines().skip(skip) {
            let words = format!("    {}", harmless(&crate::tui::logs::ansi::plain(line)));
            lines.push((None, Line::from(Span::styled(words, theme.dim))));
        }
    }
    list(lines, state.at(Screen::Exec), theme, frame, area);
}
