//! Sessions as files a person can read: keys in, screens out. `UPDATE_GOLDEN=1` writes the screens anew.

use std::{fs, path::Path};

use super::{fixtures, terminal::draw};
use crate::tui::{
    keys::names,
    message::{Command, Message, Mouse, MouseAct},
    state::State,
};

/// Before each line of a screen, and before each command that the window asks for.
const SCREEN: &str = "  │";
const ASKS: &str = "  → ";

fn start(name: &str) -> State {
    match name {
        "empty" => fixtures::empty(),
        "planned" => fixtures::planned(),
        "failing" => fixtures::failing(),
        "bootstrapping" => fixtures::bootstrapping(),
        "ready" => fixtures::ready(),
        "diffed" => fixtures::diffed(),
        "judged" => fixtures::judged(),
        "paired" => super::devices::paired(),
        "first" => super::setup::first(),
        other => panic!("there is no state `{other}`"),
    }
}

/// Plays a file and gives it back with what came of it.
fn play(file: &str) -> String {
    let (mut out, mut state, mut size) = (String::new(), fixtures::empty(), (80, 24));
    for line in file.lines().filter(|l| !l.starts_with(SCREEN.trim_end()) && !l.starts_with(ASKS)) {
        out.push_str(&format!("{line}\n"));
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let commands: Vec<Command> = match verb {
            "start" => {
                let (name, at) = rest.split_once(' ').unwrap();
                let (width, height) = at.split_once('x').unwrap();
                (state, size) = (start(name), (width.parse().unwrap(), height.parse().unwrap()));
                fixtures::send(&mut state, Message::Resize { width: size.0, height: size.1 })
            }
            "press" => {
                let keys = rest.split(' ').map(|k| names::parse(k).unwrap_or_else(|| panic!("no key `{k}`")));
                keys.flat_map(|k| fixtures::send(&mut state, Message::Key(k))).collect()
            }
            "type" => fixtures::key(&mut state, rest),
            "click" => click(&mut state, rest, size),
            _ => continue,
        };
        commands.iter().for_each(|c| out.push_str(&format!("{ASKS}{}\n", short(c))));
        let drawn = draw(&state, size.0, size.1);
        for line in drawn.lines() {
            let text = line.split_once("\" Hidden").map_or(line, |(text, _)| text);
            out.push_str(format!("{SCREEN}{}", text.trim_matches('"')).trim_end());
            out.push('\n');
        }
    }
    out
}

fn short(command: &Command) -> String {
    let text = format!("{command:?}");
    if text.chars().count() > 110 { format!("{}…", text.chars().take(110).collect::<String>()) } else { text }
}

fn click(state: &mut State, words: &str, (width, height): (u16, u16)) -> Vec<Command> {
    let drawn = draw(state, width, height);
    let mut lines = drawn.lines().enumerate();
    let found =
        lines.find_map(|(y, line)| Some((y, line.trim_start_matches('"').split_once(words)?.0.chars().count())));
    let (y, x) = found.unwrap_or_else(|| panic!("no {words:?} in\n{drawn}"));
    fixtures::send(state, Message::Mouse(Mouse { act: MouseAct::Click, x: x as u16, y: y as u16 }))
}

#[test]
fn sessions_end_as_their_files_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui/tests/sessions");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 6);
    for path in files {
        let file = fs::read_to_string(&path).unwrap();
        let played = play(&file);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &played).unwrap();
        } else {
            assert!(played == file, "{} came out as\n{played}", path.display());
        }
    }
}
