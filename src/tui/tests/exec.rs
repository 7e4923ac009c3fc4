//! One command on many machines.

use super::{fixtures::*, terminal::draw};
use crate::tui::{
    exec::Answer,
    message::{Command, Key, Message},
    state::{Screen, State},
};

fn enter(state: &mut State) -> Vec<Command> {
    send(state, Message::Key(Key::Enter))
}

/// Two machines were marked, and one has answered.
pub fn running() -> State {
    let mut state = ready();
    key(&mut state, "  !uptime");
    enter(&mut state);
    key(&mut state, "run 2");
    enter(&mut state);
    let text = "a\nb\nc\nd\n\u{1b}[2Jup 3 days".to_owned();
    send(&mut state, Message::Said { machine: "claw-bob".into(), text });
    send(&mut state, Message::Ran { machine: "claw-bob".into(), answer: Ok(0) });
    state
}

#[test]
fn a_command_runs_on_the_marked_machines_after_their_number_was_typed() {
    let mut state = ready();
    assert_eq!(key(&mut state, "  !df -h"), []);
    assert_eq!(enter(&mut state), []);
    let question = &state.confirm.as_ref().unwrap().question;
    assert!(question.contains("`df -h` on claw-alice, claw-bob"), "{question}");
    assert_eq!(key(&mut state, "y"), [], "a y is not enough");
    send(&mut state, Message::Key(Key::Backspace));
    key(&mut state, "run 2");
    let machines = vec!["claw-alice".to_owned(), "claw-bob".to_owned()];
    assert_eq!(enter(&mut state), [Command::Exec { machines, command: "df -h".into() }]);
    assert_eq!(state.screen, Screen::Exec);
}

#[test]
fn a_machine_that_is_off_is_not_asked_and_answers_come_one_by_one() {
    let mut state = ready();
    key(&mut state, "G!true");
    assert_eq!(enter(&mut state), []);
    assert!(state.note.as_ref().unwrap().0.contains("none of these machines is on"));

    let mut state = running();
    let drawn = draw(&state, 80, 24);
    for words in ["1 well, 0 not, 1 at work", "◐ claw-alice", "✔ claw-bob", "… 2 lines before"] {
        assert!(drawn.contains(words), "{words} in\n{drawn}");
    }
    send(&mut state, Message::Ran { machine: "claw-alice".into(), answer: Err("no route".into()) });
    key(&mut state, "j");
    let drawn = draw(&state, 80, 24);
    assert!(
        drawn.contains("✖ claw-alice") && drawn.contains("did not run: no route") && drawn.contains("    a "),
        "{drawn}"
    );
    send(&mut state, Message::Key(Key::Esc));
    assert_eq!(state.screen, Screen::Fleet);
}

#[test]
fn a_long_answer_keeps_its_end() {
    let mut answer = Answer::default();
    (0..100).for_each(|_| answer.say(&"é".repeat(200)));
    answer.say("the end");
    assert!(answer.text.len() <= 16 * 1024 && answer.text.ends_with("the end"));
}
