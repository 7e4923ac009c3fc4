//! What is typed on the log screen: a search, a filter, a file's name.

use super::super::{
    field::Field,
    logs::{Asked, Filter, Pattern, Typing, word},
    message::{Command, Key},
    state::State,
};

pub fn ask(state: &mut State, asked: Asked) {
    let before = match asked {
        Asked::Search => String::new(),
        Asked::Filter => state.log_look.filter.clone(),
        Asked::Only => state.log_look.only.clone().unwrap_or_default(),
        Asked::Save => file_name(state),
    };
    state.log_look.typing = Some(Typing { asked, line: Field::new(&before), before, problem: None });
}

fn file_name(state: &State) -> String {
    let machine = match super::super::feeds::arrangement(state) {
        super::super::logs::Arrangement::Merged => "fleet".to_owned(),
        _ => state.selected_machine().unwrap_or_default(),
    };
    format!("{machine}-{}.log", word(state.log_look.source))
}

/// Takes every key while something is typed; `None` when nothing is.
pub fn press(state: &mut State, key: Key) -> Option<Vec<Command>> {
    let mut typing = state.log_look.typing.take()?;
    match key {
        Key::Enter => return Some(enter(state, typing)),
        Key::Esc | Key::Ctrl('c') => {
            if typing.asked == Asked::Filter {
                state.log_look.filter = typing.before;
                refilter(state);
            }
            return Some(Vec::new());
        }
        key => typing.line.press(key),
    }
    keep(state, typing);
    Some(Vec::new())
}

/// False where nothing is typed.
pub fn paste(state: &mut State, text: &str) -> bool {
    let Some(mut typing) = state.log_look.typing.take() else { return false };
    typing.line.paste(text);
    keep(state, typing);
    true
}

/// What is typed counts at once, unless something is wrong with it.
fn keep(state: &mut State, mut typing: Typing) {
    let text = typing.line.text();
    typing.problem = match typing.asked {
        Asked::Search => Pattern::parse(text).map(|search| state.log_look.search = search).err(),
        Asked::Filter => Filter::parse(text).err(),
        Asked::Only | Asked::Save => None,
    };
    if typing.asked == Asked::Filter && typing.problem.is_none() {
        text.clone_into(&mut state.log_look.filter);
        refilter(state);
    }
    state.log_look.typing = Some(typing);
}

fn enter(state: &mut State, typing: Typing) -> Vec<Command> {
    if typing.problem.is_some() {
        state.log_look.typing = Some(typing);
        return Vec::new();
    }
    match typing.asked {
        Asked::Search if state.log_look.search.is_some() => super::logs::find_first(state),
        Asked::Search | Asked::Filter => {}
        Asked::Only => {
            state.log_look.only = Some(typing.line.text().trim().to_owned()).filter(|t| !t.is_empty());
            state.log_look.cursor = None;
            state.logs.forget_others(state.log_look.only.as_deref());
        }
        Asked::Save => {
            let (text, lines) = super::logs::text(state, usize::MAX, usize::MAX);
            if lines > 0 && !typing.line.text().trim().is_empty() {
                return vec![Command::SaveLog { path: typing.line.text().trim().to_owned(), text }];
            }
            state.note = Some(("there is no line to save".into(), true));
        }
    }
    Vec::new()
}

/// Puts the typed filter and the least level into force.
pub fn refilter(state: &mut State) {
    if let Ok(mut filter) = Filter::parse(&state.log_look.filter) {
        filter.least = filter.least.max(state.log_look.least);
        state.logs.set_filter(filter);
    }
}
