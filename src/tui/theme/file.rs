//! A theme as a file: a style for each meaning; what is left away is the terminal's own.

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Serialize};

use super::Theme;

/// What comes with claw, by name.
pub const BUILT_IN: [(&str, &str); 3] = [
    ("dark", include_str!("../../../assets/themes/dark.toml")),
    ("light", include_str!("../../../assets/themes/light.toml")),
    ("sixteen", include_str!("../../../assets/themes/sixteen.toml")),
];

/// What a file says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Styles {
    text: Words,
    dim: Words,
    accent: Words,
    good: Words,
    warn: Words,
    bad: Words,
    selected: Words,
    title: Words,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    #[serde(skip_serializing_if = "Option::is_none")]
    fg: Option<Paint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bg: Option<Paint>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bold: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dim: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    italic: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    underlined: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reversed: bool,
}

/// `#rrggbb`, a number from 0 to 255 as text, or one of the sixteen by name.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Paint(Color);

const NAMES: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

impl TryFrom<String> for Paint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some((_, colour)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(Self(*colour));
        }
        if let Ok(n) = text.parse::<u8>() {
            return Ok(Self(Color::Indexed(n)));
        }
        let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let bytes = hex.map(u32::to_be_bytes).ok_or_else(|| {
            format!("`{text}` is no colour: write #rrggbb, a number from 0 to 255, or a name such as bright-blue")
        });
        bytes.map(|[_, r, g, b]| Self(Color::Rgb(r, g, b)))
    }
}

impl From<Paint> for String {
    fn from(Paint(colour): Paint) -> Self {
        match (colour, NAMES.iter().find(|(_, c)| *c == colour)) {
            (_, Some((name, _))) => (*name).to_owned(),
            (Color::Indexed(n), _) => n.to_string(),
            (Color::Rgb(r, g, b), _) => format!("#{r:02x}{g:02x}{b:02x}"),
            // No file leads to another.
            (other, None) => other.to_string(),
        }
    }
}

impl Words {
    fn of(style: Style) -> Self {
        let is = |modifier| style.add_modifier.contains(modifier);
        Self {
            fg: style.fg.map(Paint),
            bg: style.bg.map(Paint),
            bold: is(Modifier::BOLD),
            dim: is(Modifier::DIM),
            italic: is(Modifier::ITALIC),
            underlined: is(Modifier::UNDERLINED),
            reversed: is(Modifier::REVERSED),
        }
    }

    fn style(&self) -> Style {
        let mut style = Style { fg: self.fg.as_ref().map(|p| p.0), bg: self.bg.as_ref().map(|p| p.0), ..Style::new() };
        for (is, modifier) in [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underlined, Modifier::UNDERLINED),
            (self.reversed, Modifier::REVERSED),
        ] {
            if is {
                style = style.add_modifier(modifier);
            }
        }
        style
    }
}

/// The error names line and column.
pub fn parse(text: &str) -> Result<Theme, toml::de::Error> {
    toml::from_str(text).map(|styles: Styles| Theme::from(&styles))
}

impl From<&Styles> for Theme {
    fn from(styles: &Styles) -> Self {
        Self {
            text: styles.text.style(),
            dim: styles.dim.style(),
            accent: styles.accent.style(),
            good: styles.good.style(),
            warn: styles.warn.style(),
            bad: styles.bad.style(),
            selected: styles.selected.style(),
            title: styles.title.style(),
        }
    }
}

impl From<&Theme> for Styles {
    fn from(theme: &Theme) -> Self {
        Self {
            text: Words::of(theme.text),
            dim: Words::of(theme.dim),
            accent: Words::of(theme.accent),
            good: Words::of(theme.good),
            warn: Words::of(theme.warn),
            bad: Words::of(theme.bad),
            selected: Words::of(theme.selected),
            title: Words::of(theme.title),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_can_be_read_and_the_usual_one_is_built_in() {
        for (name, text) in BUILT_IN {
            let theme = parse(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_ne!((theme.good, theme.warn), (theme.warn, theme.bad), "{name}");
            assert_ne!(theme.selected, theme.text, "{name}");
            assert_eq!(name == "dark", theme == Theme::default(), "{name}");
            let again = toml::to_string(&Styles::from(&theme)).unwrap();
            assert_eq!(parse(&again).unwrap(), theme, "{name} written and read again");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, words) in [
            ("\nbad = { fg = \"crimson\" }", "`crimson` is no colour"),
            ("good = { colour = \"red\" }", "unknown field `colour`"),
            ("goood = {}", "unknown field `goood`"),
            ("warn = { fg = \"#12345g\" }", "no colour"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains("line "), "{error}");
        }
    }
}
