//! Logs: of the machine chosen on the fleet screen, of many side by side, or of all in one.

mod heading;
mod paint;
mod pane;
mod tiles;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::Span,
};
use unicode_width::UnicodeWidthStr;

use super::empty;
use crate::{
    ops::{event::LogSource, text::harmless},
    tui::{
        feeds,
        logs::{Arrangement, Ring},
        state::State,
        theme::Theme,
    },
};
pub use heading::stage;
use {paint::Brush, pane::Pane};

/// A merged line's name takes no more columns than this.
const NAME: usize = 16;

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let [first, second, body] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(1)]).areas(area);
    let feeds = feeds::shown(state);
    let (places, rings): (Vec<usize>, Vec<&Ring>) = feeds::rings(state, &feeds).into_iter().unzip();
    let arrangement = feeds::arrangement(state);
    let (name, stage) = match (arrangement, feeds.first()) {
        (_, None) => return empty("no machine is chosen: go to the fleet with 1", theme, frame, area),
        (Arrangement::One, Some(feed)) => {
            let progress = state.views.get(&feed.machine).map(|v| v.progress.clone()).unwrap_or_default();
            (feed.machine.clone(), Some(heading::stage(&progress, state)))
        }
        (Arrangement::Tiles, _) => (format!("{} machines", feeds.len()), None),
        (Arrangement::Merged, _) => (format!("{} machines, merged", feeds.len()), None),
    };
    frame.render_widget(heading::first(state, &name, stage, &rings, theme), first);
    heading::second(state, theme, frame, second);
    if arrangement == Arrangement::Tiles {
        return tiles::draw(state, theme, frame, body);
    }
    if rings.iter().all(|ring| ring.shown() == 0) {
        return empty(nothing(state, &rings), theme, frame, body);
    }
    let names: Vec<String> = feeds.iter().map(|f| harmless(f.machine.trim_start_matches("claw-"))).collect();
    let width = names.iter().map(|n| n.width()).max().unwrap_or(0).min(NAME);
    let name = |n: usize| -> Option<Span<'static>> {
        let place = *places.get(n).filter(|_| arrangement == Arrangement::Merged)?;
        Some(named(names.get(place)?, width, place, theme))
    };
    let brush = Brush { look: &state.log_look, theme, colour: state.colour, width: usize::from(body.width) };
    Pane { rings: &rings, names: &name, cursor: state.log_look.cursor, is_marked: true }.draw(&brush, frame, body);
}

fn nothing(state: &State, rings: &[&Ring]) -> &'static str {
    if rings.iter().any(|ring| ring.len() > 0) {
        return "no line fits the filter: & changes it, esc drops it";
    }
    match (state.log_look.source, &state.log_look.only) {
        (_, Some(_)) => "no line with this text yet",
        (LogSource::Bootstrap, None) => "no line yet: the serial console comes first, SSH follows",
        (LogSource::Gateway, None) => "no line yet: the gateway's log comes over SSH once the machine runs",
        (LogSource::Console, None) => "no line yet: Azure shows a new machine's console after a while",
    }
}

/// A machine's name in front of its lines, in a column of its own and with a colour of its own; the name alone tells
/// them apart as well.
fn named(name: &str, width: usize, place: usize, theme: Theme) -> Span<'static> {
    let mut text = String::new();
    for c in name.chars() {
        if text.width() + unicode_width::UnicodeWidthChar::width(c).unwrap_or(0) > width {
            break;
        }
        text.push(c);
    }
    let blank = width.saturating_sub(text.width());
    let styles: [Style; 4] = [theme.accent, theme.good, theme.warn, theme.title];
    Span::styled(format!("{text}{} │ ", " ".repeat(blank)), styles[place % styles.len()])
}
