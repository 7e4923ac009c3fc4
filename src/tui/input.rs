//! What a terminal sends, without what terminals disagree about.

use crossterm::event::{
    Event as Input, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::message::{Key, Message, Mouse, MouseAct};

/// Held for a word instead of a character.
const WORD: KeyModifiers = KeyModifiers::CONTROL.union(KeyModifiers::ALT);

pub fn message(event: &Input) -> Option<Message> {
    match event {
        Input::Resize(width, height) => Some(Message::Resize { width: *width, height: *height }),
        Input::Paste(text) => Some(Message::Paste(text.clone())),
        Input::Mouse(event) => mouse(event).map(Message::Mouse),
        Input::Key(key) if key.kind != KeyEventKind::Release => key_of(key).map(Message::Key),
        _ => None,
    }
}

fn mouse(event: &MouseEvent) -> Option<Mouse> {
    let act = match event.kind {
        MouseEventKind::Down(MouseButton::Left) if event.modifiers.contains(KeyModifiers::CONTROL) => MouseAct::Mark,
        MouseEventKind::Down(MouseButton::Left) => MouseAct::Click,
        MouseEventKind::Down(_) => MouseAct::Mark,
        MouseEventKind::ScrollUp => MouseAct::WheelUp,
        MouseEventKind::ScrollDown => MouseAct::WheelDown,
        _ => return None,
    };
    Some(Mouse { act, x: event.column, y: event.row })
}

fn key_of(event: &KeyEvent) -> Option<Key> {
    Some(match event.code {
        KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::CONTROL) => Key::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::ALT) => Key::Alt(c),
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Left if event.modifiers.intersects(WORD) => Key::WordLeft,
        KeyCode::Right if event.modifiers.intersects(WORD) => Key::WordRight,
        KeyCode::Backspace if event.modifiers.intersects(WORD) => Key::Ctrl('w'),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Delete => Key::Delete,
        KeyCode::F(n) => Key::F(n),
        _ => return None,
    })
}
