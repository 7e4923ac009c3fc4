//! Colours and signs; without colour, weight and signs alone carry the meaning.

mod ascii;
mod depth;
mod file;

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
};

pub use depth::Depth;
pub use file::{BUILT_IN, Styles, parse};

#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// `assets/themes/dark.toml`; a test holds the two together.
    fn default() -> Self {
        let (plain, bold) = (Style::new(), Style::new().add_modifier(Modifier::BOLD));
        let blue = Color::Rgb(0x56, 0xb4, 0xe9);
        Self {
            text: plain,
            dim: plain.fg(Color::Rgb(0x8a, 0x8a, 0x8a)),
            accent: plain.fg(blue),
            good: plain.fg(Color::Rgb(0x2f, 0xb5, 0xa0)),
            warn: plain.fg(Color::Rgb(0xe6, 0xa8, 0x17)),
            bad: bold.fg(Color::Rgb(0xff, 0x7a, 0x4d)),
            selected: bold.bg(Color::Rgb(0x30, 0x30, 0x30)),
            title: bold.fg(blue),
        }
    }
}

impl Theme {
    /// This theme, or without colour the plain one.
    pub fn or_plain(self, colour: bool) -> Self {
        if colour { self } else { Self::plain() }
    }

    fn plain() -> Self {
        let (plain, bold) = (Style::new(), Style::new().add_modifier(Modifier::BOLD));
        Self {
            text: plain,
            dim: plain.add_modifier(Modifier::DIM),
            accent: bold,
            good: plain,
            warn: bold,
            bad: bold.add_modifier(Modifier::UNDERLINED),
            selected: plain.add_modifier(Modifier::REVERSED),
            title: bold,
        }
    }
}

/// Colours remembered while a frame is finished; logs may bring any number.
const FEW: usize = 32;

/// A theme on a certain terminal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    pub theme: Theme,
    pub depth: Depth,
    /// The terminal shows nothing but ASCII.
    pub ascii: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { theme: Theme::default(), depth: Depth::True, ascii: false }
    }
}

impl Look {
    /// What the terminal's environment tells; the theme is left as it is.
    pub fn of_terminal(self, env: impl Fn(&str) -> Option<String>) -> Self {
        Self { depth: Depth::of(&env), ascii: ascii::is_wanted(&env), ..self }
    }

    /// The theme to take when nobody named one: after `COLORFGBG`, where the terminal says its background.
    pub fn usual(env: impl Fn(&str) -> Option<String>) -> &'static str {
        if Depth::of(&env) == Depth::Sixteen {
            return "sixteen";
        }
        let background = env("COLORFGBG").and_then(|v| v.rsplit(';').next().and_then(|n| n.parse::<u8>().ok()));
        if matches!(background, Some(7 | 9..=15)) { "light" } else { "dark" }
    }

    /// Makes a drawn frame one that the terminal can show, whatever drew it: themes, and colours of logs.
    pub fn finish(self, buffer: &mut Buffer, colour: bool) {
        let depth = if colour { self.depth } else { Depth::None };
        if depth == Depth::True && !self.ascii {
            return;
        }
        // A screen has thousands of cells and a handful of colours.
        let mut known: Vec<(Color, Color)> = Vec::new();
        let mut nearest = |wanted: Color| match known.iter().find(|(one, _)| *one == wanted) {
            Some((_, nearest)) => *nearest,
            None => {
                let nearest = depth.nearest(wanted);
                if known.len() < FEW {
                    known.push((wanted, nearest));
                }
                nearest
            }
        };
        for cell in &mut buffer.content {
            (cell.fg, cell.bg) = (nearest(cell.fg), nearest(cell.bg));
            if self.ascii && !cell.symbol().is_ascii() {
                let plain = ascii::plain(cell.symbol());
                cell.set_char(plain);
            }
        }
    }
}
