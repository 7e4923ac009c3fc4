//! Keys: an open question first, then the keymap.

use super::{
    super::{
        keymap::{self, Action},
        message::{Command, Key},
        palette,
        prompt::{Kind, Prompt},
        state::{Screen, State},
    },
    ask::{ask, note},
    pairings, plan, prompt,
};
use crate::{fleet::idle::IdleState, ops::power::Power};

const PAGE: usize = 10;

pub fn press(state: &mut State, key: Key) -> Vec<Command> {
    if state.confirm.is_some() {
        return answer(state, key);
    }
    if state.prompt.is_some() {
        return match prompt::press(state, key) {
            Some(line) => palette(state, &line),
            None => Vec::new(),
        };
    }
    let Some(binding) = keymap::find(key, state.screen) else { return Vec::new() };
    if state.help {
        state.help = false;
        if !matches!(binding.action, Action::Quit | Action::Interrupt) {
            return Vec::new();
        }
    }
    act(state, binding.action)
}

/// A finished line of the palette.
fn palette(state: &mut State, line: &str) -> Vec<Command> {
    match palette::read(state, line) {
        Ok((action, machines)) if machines.is_empty() => act(state, action),
        Ok((action, machines)) => to_machines(state, action, machines),
        Err(words) => note(state, &words),
    }
}

/// An open question takes every key.
fn answer(state: &mut State, key: Key) -> Vec<Command> {
    let Some(mut confirm) = state.confirm.take() else { return Vec::new() };
    let yes = match (&confirm.expected, key) {
        (None, Key::Char('y')) => true,
        (Some(expected), Key::Enter) => &confirm.typed == expected,
        (_, Key::Esc | Key::Ctrl('c')) | (None, Key::Char('n' | 'q')) => return Vec::new(),
        (Some(_), Key::Char(c)) => {
            confirm.typed.push(c);
            false
        }
        (Some(_), Key::Backspace) => {
            confirm.typed.pop();
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
        Command::Push => state.asking = Some("pushing"),
        Command::Rollback => state.asking = Some("rolling back"),
        Command::Decide { .. } => state.marked.clear(),
        Command::Deallocate(_) => state.asking = Some("deallocating"),
        _ => {}
    }
    vec![confirm.command]
}

fn act(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::Quit if state.applying => {
            return ask(state, "Steps are running; Azure goes on with them. Leave?".into(), None, Command::Quit);
        }
        Action::Quit => return vec![Command::Quit],
        Action::Interrupt if state.applying => return vec![Command::CancelApply],
        Action::Interrupt => return vec![Command::Quit],
        Action::Help => state.help = true,
        Action::Back => state.screen = Screen::Fleet,
        Action::Go(screen) => state.screen = screen,
        Action::NextScreen => state.screen = Screen::ALL[(state.screen as usize + 1) % Screen::ALL.len()],
        Action::PreviousScreen => {
            state.screen = Screen::ALL[(state.screen as usize + Screen::ALL.len() - 1) % Screen::ALL.len()];
        }
        Action::Up => go(state, |at, _| at.saturating_sub(1)),
        Action::Down => go(state, |at, last| (at + 1).min(last)),
        Action::PageUp => go(state, |at, _| at.saturating_sub(PAGE)),
        Action::PageDown => go(state, |at, last| (at + PAGE).min(last)),
        Action::Top => go(state, |_, _| 0),
        Action::Bottom => go(state, |_, last| last),
        Action::OpenLogs => (state.screen, state.follow) = (Screen::Logs, true),
        Action::Follow => state.follow = !state.follow,
        other => return work(state, other),
    }
    Vec::new()
}

/// The cursor, or the log's position on the log screen.
fn go(state: &mut State, to: impl Fn(usize, usize) -> usize) {
    if state.screen == Screen::Logs {
        let name = state.selected_machine().unwrap_or_default();
        let last = state.views.get(&name).map_or(0, |v| v.log.len()).saturating_sub(1);
        let at = if state.follow { last } else { state.scroll.min(last) };
        state.scroll = to(at, last);
        state.follow = state.scroll == last;
        return;
    }
    let last = state.lines(state.screen).saturating_sub(1);
    let at = to(state.at(state.screen), last);
    state.selected[state.screen as usize] = at;
}

fn work(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::Replan => {
            (state.screen, state.planning) = (Screen::Plan, true);
            vec![Command::Plan]
        }
        Action::Apply | Action::Pause | Action::Retry | Action::Undo => plan::act(state, action),
        Action::Start | Action::Stop | Action::Shell | Action::Open => match state.selected_machine() {
            Some(machine) => to_machines(state, action, vec![machine]),
            None => note(state, "there is no machine yet"),
        },
        Action::Palette => {
            state.prompt = Some(Prompt::new(Kind::Palette, ""));
            Vec::new()
        }
        Action::Approve | Action::Reject | Action::Revoke | Action::Mark => pairings::act(state, action),
        Action::Diff | Action::Saved => {
            (state.screen, state.asking) = (Screen::Config, Some("asking every machine"));
            vec![if action == Action::Diff { Command::Diff } else { Command::Saved }]
        }
        Action::Push => {
            let changes = state.diff.iter().flat_map(|d| &d.machines).filter(|m| !m.changes.is_empty()).count();
            match changes {
                0 => note(state, "nothing to push: compare first, or every machine has it already"),
                n if state.back => {
                    let question = format!("Roll back {n} machines, the first one alone?");
                    ask(state, question, None, Command::Rollback)
                }
                n => ask(state, format!("Push to {n} machines, the first one alone?"), None, Command::Push),
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
                Some(_) => note(state, "only an idle machine can be deallocated here; S on the fleet stops any"),
                None => note(state, "press i to ask the machines first"),
            }
        }
        _ => Vec::new(),
    }
}

/// What is done to machines by their names.
fn to_machines(state: &mut State, action: Action, machines: Vec<String>) -> Vec<Command> {
    if let Some(machine) = machines.iter().find(|m| state.power(m).is_none()) {
        let words = format!("{machine} is not there yet: press p to plan it");
        return note(state, &words);
    }
    match (action, machines.first()) {
        (Action::Start, _) => vec![Command::Power { machines, power: Power::Start }],
        (Action::Stop, _) => {
            let names = machines.join(", ");
            let question = format!("Stop {names}? Whoever works there is interrupted; the data stays.");
            ask(state, question, None, Command::Power { machines, power: Power::Stop })
        }
        (Action::Shell, Some(machine)) => vec![Command::Shell(machine.clone())],
        (Action::Open, Some(machine)) => vec![Command::Open(machine.clone())],
        (Action::OpenLogs, Some(machine)) => {
            let at = state.rows().iter().position(|(name, _)| name == machine);
            state.selected[Screen::Fleet as usize] = at.unwrap_or_default();
            (state.screen, state.follow) = (Screen::Logs, true);
            Vec::new()
        }
        _ => Vec::new(),
    }
}
