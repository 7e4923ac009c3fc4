//! When the record of actions is read anew: as its screen opens, and after everything that may have added to it.

use super::super::{
    message::{Command, Message},
    state::{Screen, State},
};

/// Whether this message tells of an action's end. A reading that failed is not tried again by itself.
pub fn is_told(message: &Message) -> bool {
    match message {
        Message::Key(_)
        | Message::Paste(_)
        | Message::Mouse(_)
        | Message::Resize { .. }
        | Message::Tick(_)
        | Message::Event(_)
        | Message::Activity(_) => false,
        Message::Failed { operation, .. } => operation != "activity",
        _ => true,
    }
}

/// Reads it when it is on the screen and may be behind.
pub fn after(state: &State, before: Screen, told: bool) -> Option<Command> {
    (state.screen == Screen::Activity && (told || before != Screen::Activity)).then_some(Command::ReadActivity)
}
