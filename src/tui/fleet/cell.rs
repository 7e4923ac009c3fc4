//! What a cell shows, and what it is sorted and filtered by.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::{ops::text::harmless, tui::theme::Theme};

/// What words mean; the theme makes a style of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Text,
    Dim,
    Accent,
    Good,
    Warn,
    Bad,
}

impl Tone {
    pub fn style(self, theme: Theme) -> Style {
        match self {
            Self::Text => theme.text,
            Self::Dim => theme.dim,
            Self::Accent => theme.accent,
            Self::Good => theme.good,
            Self::Warn => theme.warn,
            Self::Bad => theme.bad,
        }
    }
}

/// What a column is sorted by. Declared in their order: what is not known comes last, whichever way is sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    Number(i64),
    Words(String),
    Unknown,
}

#[derive(Clone, Debug)]
pub struct Cell {
    pub parts: Vec<(String, Tone)>,
    pub order: Order,
    /// What a filter compares; empty when nothing is known.
    pub text: String,
}

/// Shown where nothing is known; never a guess.
pub const UNKNOWN: &str = "–";

impl Cell {
    pub fn unknown() -> Self {
        Self { parts: vec![(UNKNOWN.to_owned(), Tone::Dim)], order: Order::Unknown, text: String::new() }
    }

    pub fn words(text: &str, tone: Tone) -> Self {
        let text = harmless(text);
        Self { order: Order::Words(text.to_lowercase()), parts: vec![(text.clone(), tone)], text }
    }

    /// Words that are known, or not.
    pub fn maybe(text: Option<&str>, tone: Tone) -> Self {
        text.filter(|t| !t.is_empty()).map_or_else(Self::unknown, |text| Self::words(text, tone))
    }

    /// A sign before the words, which alone are compared; sorted by a number.
    pub fn signed(sign: &str, words: &str, tone: Tone, order: i64) -> Self {
        let text = harmless(words);
        Self { parts: vec![(format!("{sign} {text}"), tone)], order: Order::Number(order), text }
    }

    pub fn number(text: String, tone: Tone, order: i64) -> Self {
        Self { parts: vec![(text.clone(), tone)], order: Order::Number(order), text }
    }

    pub fn line(&self, theme: Theme) -> Line<'static> {
        Line::from(
            self.parts.iter().map(|(text, tone)| Span::styled(text.clone(), tone.style(theme))).collect::<Vec<_>>(),
        )
    }
}
