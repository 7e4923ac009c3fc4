//! The command palette: what can be typed after `:`, and what it completes to.

use super::{
    keymap::Action,
    state::{Screen, State},
};

/// What a verb does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// The same as a key.
    Act(Action),
    /// The same as a key, on the machines that are named.
    To(Action),
}

pub struct Verb {
    pub words: &'static str,
    pub does: Does,
    pub help: &'static str,
}

const fn verb(words: &'static str, does: Does, help: &'static str) -> Verb {
    Verb { words, does, help }
}

use Does::{Act, To};

/// Named as on the command line.
pub const VERBS: &[Verb] = &[
    verb("activity", Act(Action::Go(Screen::Activity)), "who did what"),
    verb("config", Act(Action::Go(Screen::Config)), "the config screen"),
    verb("config diff", Act(Action::Diff), "compare the config with every machine"),
    verb("config push", Act(Action::Push), "push what was compared"),
    verb("config rollback", Act(Action::Saved), "what a rollback would bring back"),
    verb("devices", Act(Action::Go(Screen::Pairings)), "who asks to be paired"),
    verb("fleet", Act(Action::Go(Screen::Fleet)), "every machine"),
    verb("exec", Act(Action::Exec), "a command on the marked machines"),
    verb("health", Act(Action::Go(Screen::Health)), "budgets, requests, errors"),
    verb("help", Act(Action::Help), "every key"),
    verb("idle", Act(Action::CheckIdle), "who uses their machine"),
    verb("logs", To(Action::OpenLogs), "a machine's log"),
    verb("open", To(Action::Open), "a machine's gateway in the browser"),
    verb("plan", Act(Action::Replan), "what differs from team.json"),
    verb("quit", Act(Action::Quit), "leave"),
    verb("restart", To(Action::Restart), "restart machines"),
    verb("ssh", To(Action::Shell), "a shell on a machine"),
    verb("start", To(Action::Start), "start machines"),
    verb("stop", To(Action::Stop), "deallocate machines"),
    verb("theme", Act(Action::Theme), "the next theme"),
    verb("up", Act(Action::Apply), "apply the plan"),
];

/// Those that this session has: what changes something is not there in one that only reads.
fn verbs(state: &State) -> impl Iterator<Item = &'static Verb> {
    VERBS.iter().filter(|v| match v.does {
        Does::Act(action) | Does::To(action) => state.keys.allow(action),
    })
}

/// Something that fits what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The whole line with it.
    pub line: String,
    pub help: String,
}

/// What fits, best first: verbs while one is being typed, then machines.
pub fn choices(state: &State, typed: &str) -> Vec<Choice> {
    let typed = typed.trim_start();
    if let Some((verb, rest)) = taken(state, typed)
        && matches!(verb.does, Does::To(_))
        && rest.starts_with(' ')
    {
        let before = typed.rfind(' ').map_or(typed, |at| &typed[..=at]);
        let begun = &typed[before.len()..];
        let named: Vec<&str> = rest.split_whitespace().collect();
        let machines = state.rows().into_iter().map(|(name, _)| name.trim_start_matches("claw-").to_owned());
        let left = machines.filter(|m| m == begun || !named.contains(&m.as_str()));
        let line = |machine: String| Choice { line: format!("{before}{machine}"), help: verb.help.to_owned() };
        return ranked(left, begun).into_iter().map(line).collect();
    }
    let words = ranked(verbs(state).map(|v| v.words.to_owned()), typed.trim_end());
    let help = |words: &str| VERBS.iter().find(|v| v.words == words).map_or("", |v| v.help).to_owned();
    words.into_iter().map(|line| Choice { help: help(&line), line }).collect()
}

/// Those that begin so, then those that have it inside, then those with its letters in order.
fn ranked(all: impl Iterator<Item = String>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let rank = |word: &str| {
        let word = word.to_lowercase();
        if word.starts_with(&typed) {
            return Some(0);
        }
        if word.contains(&typed) {
            return Some(1);
        }
        let mut letters = word.chars();
        typed.chars().all(|c| letters.any(|l| l == c)).then_some(2)
    };
    let mut fits: Vec<(i32, String)> = all.filter_map(|word| Some((rank(&word)?, word))).collect();
    fits.sort_by_key(|(rank, _)| *rank);
    fits.into_iter().map(|(_, word)| word).collect()
}

/// The verb that the line begins with, the longest, and what follows it.
fn taken<'a>(state: &State, line: &'a str) -> Option<(&'static Verb, &'a str)> {
    let fits = verbs(state).filter_map(|verb| Some((verb, line.strip_prefix(verb.words)?)));
    fits.filter(|(_, rest)| rest.is_empty() || rest.starts_with(' ')).max_by_key(|(verb, _)| verb.words.len())
}

/// What a finished line says: an action, and the machines it is done to.
pub fn read(state: &State, line: &str) -> Result<(Action, Vec<String>), String> {
    let line = line.trim().trim_start_matches("claw ").trim_start();
    let Some((verb, rest)) = taken(state, line) else {
        return Err(format!("there is no `{line}`: tab completes, ? lists keys"));
    };
    let names: Vec<&str> = rest.split_whitespace().collect();
    match verb.does {
        Does::Act(action) if names.is_empty() => Ok((action, Vec::new())),
        Does::Act(_) => Err(format!("`{}` takes no name; `{}` is too much", verb.words, names.join(" "))),
        Does::To(_) if names.is_empty() => Err(format!("{} which machine? tab completes its name", verb.words)),
        Does::To(action) => {
            let machines = names.into_iter().map(|name| machine(state, name)).collect::<Result<Vec<_>, _>>()?;
            if machines.len() > 1 && !matches!(action, Action::Start | Action::Stop | Action::Restart) {
                return Err(format!("`{}` takes one machine", verb.words));
            }
            Ok((action, machines))
        }
    }
}

/// A machine by its name, with or without `claw-`, or its member's address. Never by a part of it.
fn machine(state: &State, name: &str) -> Result<String, String> {
    let is = |text: &str| text.eq_ignore_ascii_case(name);
    let mut rows = state.rows().into_iter();
    let hit = rows.find(|(machine, instance)| {
        let email = instance.and_then(|i| i.email.as_deref()).unwrap_or_default();
        is(machine) || is(machine.trim_start_matches("claw-")) || is(email)
    });
    hit.map(|(machine, _)| machine.to_owned()).ok_or_else(|| format!("there is no machine `{name}`"))
}
