//! The rows of the plan: tui-tree-widget, given the part of the tree that is in sight. Given all of it, a plan of ten
//! thousand steps takes longer to draw than a frame may last (docs/decisions/0010).

use std::{iter::Peekable, ops::Range, vec::IntoIter};

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Text},
    widgets::StatefulWidget,
};
use tui_tree_widget::{Tree, TreeItem, TreeState};

use super::step;
use crate::{
    ops::{sync::Planned, text::harmless},
    tui::{
        state::{Screen, State},
        theme::Theme,
    },
};

/// Steps that are deeper stand as deep as this: a row has to have room for words.
const DEEPEST: usize = 12;

/// Lines that a row takes.
fn height(state: &State, row: usize) -> usize {
    let step = state.plan.step(row).and_then(|n| state.planned.as_ref()?.plan.steps.get(n));
    step.map_or(1, |step| step::height(state, step))
}

/// The rows in sight of a place so high. It moves as little as the cursor needs.
pub fn window(state: &State, room: usize) -> Range<usize> {
    let (at, all) = (state.at(Screen::Plan), state.plan.lines());
    let mut first = state.plan.first.min(at).max((at + 1).saturating_sub(room));
    let mut taken: usize = (first..=at).map(|row| height(state, row)).sum();
    while taken > room && first < at {
        taken -= height(state, first);
        first += 1;
    }
    let mut end = at + 1;
    while end < all && taken + height(state, end) <= room {
        taken += height(state, end);
        end += 1;
    }
    while first > 0 && end == all && taken + height(state, first - 1) <= room {
        first -= 1;
        taken += height(state, first);
    }
    first..end.min(all)
}

/// The row there.
pub fn row_at(state: &State, area: Rect, at: Position) -> Option<usize> {
    if !area.contains(at) {
        return None;
    }
    let mut left = usize::from(at.y - area.y);
    window(state, area.height.into()).find(|row| {
        let own = height(state, *row);
        let hit = left < own;
        left = left.saturating_sub(own);
        hit
    })
}

/// A row on its way into the widget.
struct Entry {
    id: usize,
    depth: usize,
    text: Text<'static>,
    is_folded: bool,
}

pub fn draw(state: &State, planned: &Planned, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let window = window(state, area.height.into());
    if window.is_empty() || area.is_empty() {
        return;
    }
    // One more than is in sight: a step whose branch begins behind the last row is no leaf.
    let seen = (window.start..state.plan.lines().min(window.end + 1)).map(|row| entry(state, planned, row, theme));
    let seen: Vec<Entry> = seen.collect();
    let above = seen.first().map_or(0, |entry| entry.depth);
    let spine = (0..above).map(|depth| Entry { id: usize::MAX - depth, depth, text: Text::raw(""), is_folded: false });
    let all: Vec<Entry> = spine.chain(seen).collect();
    let mut nest = Nest { cursor: state.at(Screen::Plan), ..Nest::default() };
    let items = nest.items(&mut all.into_iter().peekable());
    let mut shown = nest.shown;
    let Ok(tree) = Tree::new(&items) else { return };
    let tree = tree.highlight_symbol("▌").highlight_style(theme.selected).style(theme.text);
    // The steps above are there for the depth only. How far it can scroll, the state learns by drawing.
    let one = Rect::new(0, 0, 1, 1);
    tree.clone().render(one, &mut Buffer::empty(one), &mut shown);
    shown.scroll_down(above);
    shown.select(nest.selected);
    frame.render_stateful_widget(tree, area, &mut shown);
}

fn entry(state: &State, planned: &Planned, row: usize, theme: Theme) -> Entry {
    let of_step = state.plan.tree.rows().get(row).and_then(|r| Some((r, planned.plan.steps.get(r.step)?)));
    if let Some((r, step)) = of_step {
        let text = step::text(state, planned, r.step, step, theme);
        return Entry { id: row, depth: r.depth.min(DEEPEST), text, is_folded: state.plan.tree.is_folded(r.step) };
    }
    let note = row.checked_sub(state.plan.tree.rows().len()).and_then(|n| state.plan.notes.get(n));
    let text = note.map_or_else(Line::default, |(tone, words)| Line::styled(harmless(words), tone.style(theme)));
    Entry { id: row, depth: 0, text: text.into(), is_folded: false }
}

/// Hangs rows on each other; what is open goes into the widget's state.
#[derive(Default)]
struct Nest {
    cursor: usize,
    path: Vec<usize>,
    selected: Vec<usize>,
    shown: TreeState<usize>,
}

impl Nest {
    fn items(&mut self, rows: &mut Peekable<IntoIter<Entry>>) -> Vec<TreeItem<'static, usize>> {
        let (mut items, depth) = (Vec::new(), self.path.len());
        while let Some(entry) = rows.next_if(|next| next.depth >= depth) {
            self.path.push(entry.id);
            let mut below = self.items(rows);
            if entry.is_folded {
                below.push(TreeItem::new_leaf(usize::MAX, ""));
            } else if !below.is_empty() {
                self.shown.open(self.path.clone());
            }
            if entry.id == self.cursor {
                self.selected.clone_from(&self.path);
            }
            self.path.pop();
            items.extend(TreeItem::new(entry.id, entry.text, below));
        }
        items
    }
}
