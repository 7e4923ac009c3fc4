//! What stands above the logs: whose, which, how many lines, what is left out.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    fleet::{idle::in_words, stage::Progress},
    ops::text::harmless,
    tui::{
        logs::{Ring, word},
        screens::typed,
        state::State,
        theme::Theme,
    },
};

/// Where a machine's bootstrap stands, in words.
pub fn stage(progress: &Progress, state: &State) -> String {
    match (progress.stage(), progress.eta(state.now)) {
        (Some(_), _) if progress.is_ready() => "ready".to_owned(),
        (Some(stage), Some(eta)) => format!("{}, about {} left", stage.word(), in_words(eta)),
        (Some(stage), None) => format!("failed in {}", stage.word()),
        (None, _) => "booting".to_owned(),
    }
}

/// `4 lines`, or how many of them the filter shows, and what had to go.
pub fn counts(rings: &[&Ring], filtered: bool) -> String {
    let sum = |of: fn(&Ring) -> usize| rings.iter().map(|ring| of(ring)).sum::<usize>();
    let (kept, dropped) = (sum(Ring::len), rings.iter().map(|ring| ring.dropped()).sum::<u64>());
    let lines = if filtered { format!("{} of {kept} lines", sum(Ring::shown)) } else { format!("{kept} lines") };
    match dropped {
        0 => lines,
        n => format!("{lines} · {n} old lines dropped"),
    }
}

/// The first line: name, stage, counts, mode.
pub fn first(state: &State, name: &str, stage: Option<String>, rings: &[&Ring], theme: Theme) -> Line<'static> {
    let mode = if state.log_look.cursor.is_none() { "following" } else { "paused: f follows again" };
    let words: Vec<String> =
        stage.into_iter().chain([counts(rings, !state.logs.filter().is_empty()), mode.to_owned()]).collect();
    Line::from(vec![
        Span::styled(format!(" {} ", harmless(name)), theme.title),
        Span::styled(format!("{} ", word(state.log_look.source)), theme.accent),
        Span::styled(words.join(" · "), theme.dim),
    ])
}

/// The second line: what is being typed, or what is left out and searched for.
pub fn second(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let look = &state.log_look;
    if let Some(typing) = &look.typing {
        let asked = Line::styled(format!(" {}", typing.asked.prompt()), theme.accent);
        let problem = typing.problem.iter().map(|p| Span::styled(format!("  ! {}", harmless(p)), theme.bad));
        return typed::draw(asked, &typing.line, problem.collect(), theme, frame, area);
    }
    let mut spans = vec![Span::raw(" ")];
    let mut say = |what: &str, value: Option<String>| {
        if let Some(value) = value {
            spans.push(Span::styled(format!("{what} "), theme.dim));
            spans.push(Span::styled(format!("{}   ", harmless(&value)), theme.warn));
        }
    };
    say("only", Some(look.filter.clone()).filter(|f| !f.is_empty()));
    say("at least", look.least.map(|l| l.word().to_owned()));
    say("only sent:", look.only.clone());
    say("search", look.search.as_ref().map(|p| p.typed.clone()));
    say("column", Some(look.sideways).filter(|n| *n > 0).map(|n| n.to_string()));
    frame.render_widget(Line::from(spans), area);
}
