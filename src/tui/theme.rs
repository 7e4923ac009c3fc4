//! Colours and signs; without colour, weight and signs alone carry the meaning.

use ratatui::style::{Color, Modifier, Style};

#[derive(Clone, Copy, Debug)]
pub struct Theme {
    pub text: Style,
    pub dim: Style,
    pub accent: Style,
    pub good: Style,
    pub warn: Style,
    pub bad: Style,
    pub selected: Style,
    pub title: Style,
}

impl Default for Theme {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Theme {
    /// This theme, or without colour the plain one.
    pub fn or_plain(self, colour: bool) -> Self {
        if colour { self } else { Self::new(false) }
    }

    /// Blue and orange rather than green and red carry the difference, so that most eyes can tell them apart.
    pub fn new(colour: bool) -> Self {
        let plain = Style::new();
        if !colour {
            let bold = plain.add_modifier(Modifier::BOLD);
            return Self {
                text: plain,
                dim: plain.add_modifier(Modifier::DIM),
                accent: bold,
                good: plain,
                warn: bold,
                bad: bold.add_modifier(Modifier::UNDERLINED),
                selected: plain.add_modifier(Modifier::REVERSED),
                title: bold,
            };
        }
        Self {
            text: plain,
            dim: plain.fg(Color::DarkGray),
            accent: plain.fg(Color::Cyan),
            good: plain.fg(Color::LightBlue),
            warn: plain.fg(Color::Yellow),
            bad: plain.fg(Color::LightRed).add_modifier(Modifier::BOLD),
            selected: plain.bg(Color::Indexed(236)).add_modifier(Modifier::BOLD),
            title: plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
        }
    }
}
