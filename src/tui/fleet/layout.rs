//! Where columns and rows stand: the same for what is drawn and for where the mouse is.

use ratatui::layout::Rect;

use super::{
    FleetView,
    columns::{Column, by_id},
};

/// Before the columns: the cursor's sign and the mark's.
pub const GUTTER: u16 = 2;
const GAP: u16 = 2;
/// Room for `←12 3→`.
const SAYS_MORE: u16 = 8;

#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub column: &'static Column,
    pub x: u16,
    pub width: u16,
}

#[derive(Clone, Debug)]
pub struct Layout {
    pub places: Vec<Place>,
    /// Shown columns that are out of sight, on the left and on the right.
    pub hidden: (usize, usize),
    pub filter: Option<Rect>,
    pub header: Rect,
    pub rows: Rect,
}

/// The filter's line while there is a filter, the header, the rows.
pub fn layout(view: &FleetView, area: Rect) -> Layout {
    let shows_filter = view.typing.is_some() || !view.filter.is_empty();
    let filter = shows_filter.then_some(Rect { height: 1.min(area.height), ..area });
    let top = (area.y + u16::from(shows_filter)).min(area.bottom());
    let header = Rect { y: top, height: 1.min(area.bottom() - top), ..area };
    let rows = Rect { y: header.bottom(), height: area.bottom() - header.bottom(), ..area };
    let (places, hidden) = places(view, area);
    Layout { places, hidden, filter, header, rows }
}

fn places(view: &FleetView, area: Rect) -> (Vec<Place>, (usize, usize)) {
    let mut columns: Vec<_> = view.prefs.shown().into_iter().filter_map(by_id).collect();
    let shown = columns.len();
    let left = view.left.min(shown.saturating_sub(2));
    columns.drain(1.min(shown)..(1 + left).min(shown));
    let room = area.width.saturating_sub(GUTTER);
    let least = |column: &Column| if column.id == "name" { view.name_width.max(5) } else { column.width };
    let mut fit: Vec<(&'static Column, u16)> = Vec::new();
    let mut used = 0;
    for column in columns {
        let needs = least(column) + if fit.is_empty() { 0 } else { GAP };
        if used + needs > room && !fit.is_empty() {
            break;
        }
        used += needs;
        fit.push((column, least(column).min(room)));
    }
    // The header says what is out of sight.
    let mut spare = room.saturating_sub(used + if left + fit.len() < shown { SAYS_MORE } else { 0 });
    for (column, width) in &mut fit {
        let more = column.grows.min(spare);
        *width += more;
        spare -= more;
    }
    let hidden = (left, shown - left - fit.len());
    let mut x = area.x + GUTTER;
    let places = fit.into_iter().map(|(column, width)| {
        let place = Place { column, x, width };
        x += width + GAP;
        place
    });
    (places.collect(), hidden)
}

impl Layout {
    pub fn column_at(&self, x: u16) -> Option<&'static Column> {
        self.places.iter().rev().find(|p| x >= p.x).map(|p| p.column)
    }
}
