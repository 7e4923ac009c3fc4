//! A line that is being typed: ratatui-textarea with one line. A value; it is drawn by `screens::typed`.

use ratatui_textarea::{CursorMove, Input, TextArea};

use crate::ops::text::harmless;

#[derive(Clone, Default)]
pub struct Field {
    area: TextArea<'static>,
}

impl Field {
    /// The cursor stands behind the text.
    pub fn new(text: &str) -> Self {
        let mut field = Self { area: TextArea::new(vec![one_line(text)]) };
        field.area.move_cursor(CursorMove::End);
        field
    }

    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// Another text, which can be undone.
    pub fn set(&mut self, text: &str) {
        self.area.clear();
        self.area.insert_str(one_line(text));
    }

    /// A key that edits; any other leaves it as it is.
    pub fn press(&mut self, key: impl Into<Input>) {
        self.area.input(key);
    }

    /// At the cursor; as one edit, which can be undone.
    pub fn paste(&mut self, text: &str) {
        self.area.insert_str(one_line(text));
    }

    /// What can be shown of it, and the cursor's place in that, in characters.
    pub fn shown(&self) -> (String, usize) {
        let at = self.text().char_indices().nth(self.area.cursor().1).map_or(self.text().len(), |(at, _)| at);
        (harmless(self.text()), harmless(&self.text()[..at]).chars().count())
    }
}

/// What was copied with its line's end is still one line.
fn one_line(text: &str) -> String {
    text.trim_end_matches(['\r', '\n']).replace("\r\n", " ").replace(['\r', '\n'], " ")
}

/// It may be a secret.
impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        (self.text(), self.area.cursor()) == (other.text(), other.area.cursor())
    }
}

impl Eq for Field {}
