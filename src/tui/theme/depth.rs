//! How many colours the terminal has, and the nearest it has to a wanted one.

use ratatui::style::Color;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    None,
    Sixteen,
    Indexed,
    True,
}

/// The sixteen, as xterm shows them; other terminals differ a little.
const SIXTEEN: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// The steps of the colour cube from 16 to 231.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Depth {
    /// By `NO_COLOR`, `COLORTERM` and `TERM`.
    pub fn of(env: &impl Fn(&str) -> Option<String>) -> Self {
        let said = |name: &str| env(name).unwrap_or_default().to_ascii_lowercase();
        let term = said("TERM");
        if !said("NO_COLOR").is_empty() || term == "dumb" {
            return Self::None;
        }
        if matches!(said("COLORTERM").as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
            return Self::True;
        }
        if term.contains("256color") { Self::Indexed } else { Self::Sixteen }
    }

    pub fn nearest(self, colour: Color) -> Color {
        match (self, colour) {
            (_, Color::Reset) | (Self::None, _) => Color::Reset,
            (Self::True, _) => colour,
            (Self::Indexed, Color::Rgb(r, g, b)) => Color::Indexed(indexed([r, g, b])),
            (Self::Sixteen, Color::Rgb(r, g, b)) => sixteen([r, g, b]),
            (Self::Sixteen, Color::Indexed(n)) => sixteen(rgb(n)),
            _ => colour,
        }
    }
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.into_iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

fn rgb(n: u8) -> [u8; 3] {
    match n {
        0..16 => SIXTEEN[usize::from(n)].1,
        16..232 => [(n - 16) / 36, (n - 16) / 6 % 6, (n - 16) % 6].map(|step| CUBE[usize::from(step)]),
        232.. => [8 + 10 * (n - 232); 3],
    }
}

/// Not of the first sixteen, which every terminal paints as it likes.
fn indexed(wanted: [u8; 3]) -> u8 {
    (16..=255).min_by_key(|n| distance(rgb(*n), wanted)).unwrap_or(255)
}

fn sixteen(wanted: [u8; 3]) -> Color {
    SIXTEEN.into_iter().min_by_key(|(_, rgb)| distance(*rgb, wanted)).map_or(Color::Reset, |(colour, _)| colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_terminal_gets_what_it_can_show() {
        let depth =
            |vars: &[(&str, &str)]| Depth::of(&|name: &str| vars.iter().find(|v| v.0 == name).map(|v| v.1.to_owned()));
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Depth::True);
        assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::Indexed);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("NO_COLOR", "")]), Depth::Indexed);
        assert_eq!(depth(&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")]), Depth::None);
        assert_eq!([depth(&[("TERM", "linux")]), depth(&[("TERM", "dumb")])], [Depth::Sixteen, Depth::None]);
        let sky = Color::Rgb(0x56, 0xb4, 0xe9);
        assert_eq!(Depth::True.nearest(sky), sky);
        assert_eq!(Depth::Indexed.nearest(sky), Color::Indexed(74));
        assert_eq!(Depth::Indexed.nearest(Color::Rgb(0x30, 0x30, 0x30)), Color::Indexed(236));
        assert_eq!(Depth::Sixteen.nearest(Color::Rgb(250, 20, 10)), Color::LightRed);
        assert_eq!(Depth::Sixteen.nearest(Color::Indexed(21)), Color::Blue);
        assert_eq!(Depth::None.nearest(Color::Red), Color::Reset);
    }
}
