//! A recording played again shows the same, and holds no secret.

use std::os::unix::fs::PermissionsExt;

use super::{fixtures::*, terminal::draw};
use crate::{
    ops::{Event, event::LogSource},
    tui::{
        fleet::prefs::Prefs,
        message::{Key, Message},
        opening::Opening,
        runner::{
            record::{Recorder, read},
            replay::{begin, step},
        },
        theme::{Styles, parse},
    },
};

#[test]
fn a_recording_played_again_shows_the_same_screen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bug.jsonl");
    let opening = Opening {
        prefs: Prefs { hidden: vec!["stage".into()], ..Prefs::default() },
        keys: [("plan".to_owned(), [("undo".to_owned(), vec!["z".to_owned()])].into())].into(),
        themes: [("mine".to_owned(), Styles::from(&parse("good = { fg = \"#010203\" }").unwrap()))].into(),
        theme: Some("mine".into()),
        ..Opening::default()
    };
    let mut recorder = Recorder::create(&file, &opening).unwrap();
    let planned = planned().planned.unwrap();
    let secret = "Zq8vR2mN7pXw41Lk";
    let log = |text: String| Event::Line { machine: "claw-alice".into(), source: LogSource::Bootstrap, text };
    let mut messages = vec![Message::Tick(NOW), Message::Planned(planned), Message::Key(Key::Char('2'))];
    messages.extend("jjz1".chars().map(|c| Message::Key(Key::Char(c))));
    messages.push(Message::Key(Key::Enter));
    messages.push(Message::Event(log(format!("export ANTHROPIC_API_KEY={secret}"))));
    let mut state = opening.state(NOW);
    for message in messages {
        recorder.take(&message).unwrap();
        send(&mut state, message);
    }
    drop(recorder);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(secret) && text.contains("[hidden]"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let recording = read(&file).unwrap();
    let messages = &recording.messages;
    let mut again = begin(&recording);
    let mut next = 0;
    while next < messages.len() {
        next = step(&mut again, messages, next);
    }
    assert_eq!(draw(&again, 120, 40), draw(&state, 120, 40));
    assert!(!draw(&again, 120, 40).contains("STAGE"), "its columns");
    assert_eq!((again.undone.len(), &again.undone), (1, &state.undone), "its keys");
    assert_eq!(again.look.theme.good.fg, Some(ratatui::style::Color::Rgb(1, 2, 3)), "its theme");
    assert!(Recorder::create(&file, &opening).is_err(), "what is there stays");

    std::fs::write(&file, format!("{text}{{\"ms\":1,\"mess")).unwrap();
    assert_eq!(read(&file).unwrap().messages.len(), messages.len(), "cut off by a crash");
    std::fs::write(&file, "{}").unwrap();
    assert!(read(&file).unwrap_err().message.contains("no recording"));
}
