//! Keys: an open question first, then the keymap.

use super::{
    super::{
        exec::Exec,
        keymap::Action,
        message::{Command, Key},
        palette,
        prompt::{Kind, Prompt},
        screens,
        state::{Screen, State},
        view,
    },
    ask::{ask, note},
    fleet, machines, pairings, plan, prompt,
};
use crate::fleet::idle::IdleState;

const PAGE: usize = 10;

pub fn press(state: &mut State, key: Key) -> Vec<Command> {
    if state.confirm.is_some() {
        return answer(state, key);
    }
    if let Some(commands) = super::setup::press(state, key) {
        return commands;
    }
    if state.prompt.is_some() {
        return match prompt::press(state, key) {
            Some((Kind::Exec, line)) => machines::exec(state, line.trim()),
            Some((Kind::Rename, line)) => pairings::renamed(state, line.trim()),
            Some((_, line)) => palette(state, &line),
            None => Vec::new(),
        };
    }
    if !state.help
        && let Some(commands) =
            fleet::typed(state, key).or_else(|| fleet::choose(state, key)).or_else(|| super::typing::press(state, key))
    {
        return commands;
    }
    let Some(action) = action(state, key) else { return Vec::new() };
    if state.help {
        match action {
            Action::Up => state.help_first = state.help_first.saturating_sub(1),
            Action::Down => state.help_first += 1,
            Action::PageUp => state.help_first = state.help_first.saturating_sub(PAGE),
            Action::PageDown => state.help_first += PAGE,
            _ => state.help = false,
        }
        state.help_first = state.help_first.min(screens::help::last(state));
        if !matches!(action, Action::Quit | Action::Interrupt) {
            return Vec::new();
        }
    }
    act(state, action)
}

/// A text that was pasted goes where keys are typed, and nowhere else: it presses no key.
pub fn paste(state: &mut State, text: &str) -> Vec<Command> {
    match &mut state.confirm {
        Some(confirm) if confirm.expected.is_some() => confirm.typed.paste(text),
        Some(_) => {}
        None => {
            let taken = super::setup::paste(state, text)
                || prompt::paste(state, text)
                || (!state.help && (fleet::paste(state, text) || super::typing::paste(state, text)));
            if !taken {
                return note(state, "nothing is typed here: what was pasted is left");
            }
        }
    }
    Vec::new()
}

/// A finished line of the palette.
fn palette(state: &mut State, line: &str) -> Vec<Command> {
    match palette::read(state, line) {
        Ok((action, machines)) if machines.is_empty() => act(state, action),
        Ok((action, machines)) => machines::named(state, action, machines),
        Err(words) => note(state, &words),
    }
}

/// What a key does here. Where a machine's log is shown, the log screen's keys come after the machine screen's.
fn action(state: &State, key: Key) -> Option<Action> {
    let own = state.keys.of(Some(state.screen)).any(|b| b.keys.contains(&key));
    let screen = if is_log(state) && !own { Screen::Logs } else { state.screen };
    state.keys.find(key, screen)
}

fn is_log(state: &State) -> bool {
    crate::tui::feeds::is_in_view(state)
}

/// An open question takes every key.
fn answer(state: &mut State, key: Key) -> Vec<Command> {
    let Some(mut confirm) = state.confirm.take() else { return Vec::new() };
    let yes = match (&confirm.expected, key) {
        (None, Key::Char('y')) => true,
        (Some(expected), Key::Enter) => confirm.typed.text() == expected,
        (_, Key::Esc | Key::Ctrl('c')) | (None, Key::Char('n' | 'q')) => return Vec::new(),
        (Some(_), key) => {
            confirm.typed.press(key);
            false
        }
        _ => false,
    };
    if !yes {
        state.confirm = Some(confirm);
        return Vec::new();
    }
    match &confirm.command {
        Command::Apply { steps } => {
            (state.applying, state.applied) = (true, None);
            state.steps.retain(|id, _| !steps.contains(id));
        }
        Command::Push | Command::Rollback => {
            let words = if confirm.command == Command::Push { "pushing" } else { "rolling back" };
            (state.asking, state.pushed) = (Some(words), None);
            state.pushing.clear();
        }
        Command::Exec { machines, command } => {
            (state.screen, state.exec) = (Screen::Exec, Some(Exec::new(command, machines)));
        }
        Command::Decide { .. } => state.marked.clear(),
        Command::Deallocate(_) => state.asking = Some("deallocating"),
        _ => {}
    }
    vec![confirm.command]
}

pub fn act(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::Quit if state.applying => {
            return ask(state, "Steps are running; Azure goes on with them. Leave?".into(), None, Command::Quit);
        }
        Action::Quit => return vec![Command::Quit],
        Action::Interrupt if state.applying => return vec![Command::CancelApply],
        Action::Interrupt => return vec![Command::Quit],
        Action::Help => (state.help, state.help_first) = (true, 0),
        Action::Back if is_log(state) && super::logs::clear(state) => {}
        Action::Back if state.screen == Screen::Fleet => return fleet::act(state, action),
        Action::Mark if state.screen != Screen::Fleet => return pairings::act(state, action),
        Action::Filter
        | Action::Mark
        | Action::MarkAll
        | Action::Columns
        | Action::SortNext
        | Action::SortPrevious
        | Action::Reverse
        | Action::ScrollLeft
        | Action::ScrollRight => return fleet::act(state, action),
        Action::Back => state.screen = Screen::Fleet,
        Action::Go(screen) => state.screen = screen,
        Action::NextScreen => state.screen = state.screen.beside(1),
        Action::PreviousScreen => state.screen = state.screen.beside(-1),
        Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Top | Action::Bottom
            if is_log(state) =>
        {
            super::logs::go(state, action);
        }
        Action::Up => go(state, |at, _| at.saturating_sub(1)),
        Action::Down => go(state, |at, last| (at + 1).min(last)),
        Action::PageUp => go(state, |at, _| at.saturating_sub(PAGE)),
        Action::PageDown => go(state, |at, last| (at + PAGE).min(last)),
        Action::Top => go(state, |_, _| 0),
        Action::Bottom => go(state, |_, last| last),
        Action::OpenLogs => (state.screen, state.log_look.cursor) = (Screen::Logs, None),
        Action::OpenMachine => super::machine::open(state),
        Action::Machine(act) => return super::machine::act(state, act),
        Action::Log(act) => return super::logs::act(state, act),
        other => return work(state, other),
    }
    Vec::new()
}

/// Moves the cursor, or what scrolls without one.
fn go(state: &mut State, to: impl Fn(usize, usize) -> usize) {
    if let Some(last) = screens::last(state, view::body(state.size)) {
        state.machine.first = to(state.machine.first.min(last), last);
        return;
    }
    let last = state.lines(state.screen).saturating_sub(1);
    let at = to(state.at(state.screen), last);
    if state.screen == Screen::Fleet {
        return fleet::move_to(state, at);
    }
    state.selected[state.screen as usize] = at;
    if state.screen == Screen::Plan {
        plan::keep_in_sight(state);
    }
}

fn work(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::Replan => {
            (state.screen, state.planning) = (Screen::Plan, true);
            vec![Command::Plan]
        }
        Action::Apply | Action::Pause | Action::Retry | Action::Undo | Action::Fold | Action::Unfold => {
            plan::act(state, action)
        }
        Action::Start | Action::Stop | Action::Restart | Action::Shell | Action::Open => machines::act(state, action),
        Action::Palette => {
            state.prompt = Some(Prompt::new(Kind::Palette, ""));
            Vec::new()
        }
        Action::Approve | Action::Reject | Action::Revoke | Action::Rename | Action::Rotate | Action::Remove => {
            pairings::act(state, action)
        }
        Action::Exec => machines::ask_command(state),
        Action::Theme => super::theme::next(state),
        Action::Diff | Action::Saved => {
            (state.screen, state.asking) = (Screen::Config, Some("asking every machine"));
            vec![if action == Action::Diff { Command::Diff } else { Command::Saved }]
        }
        Action::Push => {
            let changes = state.diff.iter().flat_map(|d| &d.machines).filter(|m| !m.changes.is_empty()).count();
            match changes {
                0 => note(state, "nothing to push: compare first, or every machine has it already"),
                n => {
                    let on =
                        if n == 1 { "1 machine?".to_owned() } else { format!("{n} machines, the first one alone?") };
                    let (word, command) =
                        if state.back { ("Roll back", Command::Rollback) } else { ("Push to", Command::Push) };
                    ask(state, format!("{word} {on}"), None, command)
                }
            }
        }
        Action::ReadActivity => vec![Command::ReadActivity],
        Action::Export => vec![Command::ExportActivity { search: state.search.clone() }],
        Action::Search => {
            state.prompt = Some(Prompt::new(Kind::Search, &state.search));
            Vec::new()
        }
        Action::CheckIdle => {
            (state.screen, state.asking) = (Screen::Idle, Some("asking every machine"));
            vec![Command::Idle]
        }
        Action::Deallocate => {
            let chosen = state.verdicts.iter().nth(state.at(Screen::Idle));
            match chosen.map(|(m, v)| (m.clone(), v.clone())) {
                Some((machine, verdict)) if verdict.state == IdleState::Idle => {
                    let question = format!("Deallocate {machine}? It is {}", verdict.reason);
                    ask(state, question, None, Command::Deallocate(vec![machine]))
                }
                Some(_) => {
                    note(state, "only an idle machine can be deallocated here; stop on the fleet screen stops any")
                }
                None => note(state, "press i to ask the machines first"),
            }
        }
        _ => Vec::new(),
    }
}
