//! A box over a screen, as tui-popup draws it. Whoever draws one says where it stands by a function that the mouse asks
//! too.

use ratatui::{
    Frame,
    layout::{Margin, Rect},
    style::Style,
    symbols::border,
    text::Line,
};
use tui_popup::{KnownSizeWrapper, Popup, PopupState};

/// Words on the upper and the lower border.
#[derive(Default)]
pub struct Words {
    pub above: &'static str,
    pub below: String,
}

/// What of it is inside.
pub fn inside(place: Rect) -> Rect {
    place.inner(Margin::new(1, 1))
}

/// Empties the place and draws the box; what is left for its contents.
pub fn open(words: Words, style: Style, frame: &mut Frame<'_>, place: Rect) -> Rect {
    let room = inside(place);
    let body = KnownSizeWrapper::new("", room.width.into(), room.height.into());
    let popup = Popup::new(body).title(words.above).border_set(border::ROUNDED).border_style(style);
    let mut drawn = PopupState::default();
    frame.render_stateful_widget(popup, place, &mut drawn);
    let place = drawn.area().unwrap_or(place);
    let below = Rect { x: place.x + 1, y: place.bottom().saturating_sub(1), width: room.width, height: 1 };
    frame.render_widget(Line::styled(words.below, style), below.intersection(place));
    inside(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::{Terminal, backend::TestBackend};

    #[test]
    fn a_box_stands_where_its_place_says() {
        let mut terminal = Terminal::new(TestBackend::new(20, 8)).unwrap();
        for place in [Rect::new(0, 0, 20, 8), Rect::new(3, 1, 9, 4), Rect::new(13, 5, 7, 3), Rect::new(4, 4, 2, 2)] {
            terminal
                .draw(|frame| assert_eq!(open(Words::default(), Style::new(), frame, place), inside(place)))
                .unwrap();
            let buffer = terminal.backend().buffer();
            assert_eq!(
                (buffer[place.as_position()].symbol(), buffer[(place.right() - 1, place.bottom() - 1)].symbol()),
                ("╭", "╯")
            );
        }
    }
}
