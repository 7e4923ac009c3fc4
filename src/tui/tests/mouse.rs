use super::{fixtures::*, terminal::draw};
use crate::tui::{
    message::{Command, Key, Message, Mouse, MouseAct},
    state::{Screen, State},
};

/// A click on the first cell of these words, as they are drawn.
fn click_as(state: &mut State, words: &str, act: MouseAct) -> Vec<Command> {
    let (width, height) = (140, 30);
    send(state, Message::Resize { width, height });
    let drawn = draw(state, width, height);
    let found =
        drawn.lines().enumerate().find_map(|(y, line)| Some((y, line.trim_start_matches('"').find(words)?, line)));
    let (y, at, line) = found.unwrap_or_else(|| panic!("no {words:?} in\n{drawn}"));
    let x = line.trim_start_matches('"')[..at].chars().count();
    send(state, Message::Mouse(Mouse { act, x: x as u16, y: y as u16 }))
}

fn click(state: &mut State, words: &str) -> Vec<Command> {
    click_as(state, words, MouseAct::Click)
}

#[test]
fn tabs_rows_headers_hints_and_questions_take_clicks() {
    let mut state = ready();
    click(&mut state, "2 Plan");
    assert_eq!(state.screen, Screen::Plan);
    click(&mut state, "1 Fleet");
    click(&mut state, "chandra");
    assert_eq!(state.selected_machine().as_deref(), Some("claw-chandra"));
    click_as(&mut state, "dana", MouseAct::Mark);
    assert_eq!(state.fleet.marks.iter().collect::<Vec<_>>(), ["claw-dana"]);
    let sorted = click(&mut state, "STATE");
    assert!(matches!(&sorted[..], [Command::Remember(p)] if p.sort == "state" && !p.descending));
    click(&mut state, "STATE");
    assert_eq!(state.fleet.shown[0], "claw-erin", "turned round: the one that is off comes first");
    assert_eq!(state.selected_machine().as_deref(), Some("claw-dana"), "the cursor stays on its machine");
    click(&mut state, "d stop");
    let confirm = state.confirm.as_ref().unwrap();
    assert_eq!(confirm.expected.as_deref(), Some("claw-dana"));
    click(&mut state, "1 Fleet");
    assert!(state.confirm.is_none(), "beside the question is a no");
    click(&mut state, "dana");
    assert_eq!(state.screen, Screen::Machine, "once more on the same row opens it");
}

#[test]
fn yes_and_no_are_clicked_and_the_list_of_columns_too() {
    let mut state = planned();
    send(&mut state, Message::Resize { width: 140, height: 30 });
    key(&mut state, "a");
    click(&mut state, "esc no");
    assert!(state.confirm.is_none());
    key(&mut state, "a");
    assert!(matches!(click(&mut state, "y yes")[..], [Command::Apply { .. }]));
    let mut state = ready();
    key(&mut state, "C");
    click(&mut state, "● ADDRESS");
    assert!(state.fleet.prefs.hidden.iter().any(|id| id == "address"));
    click(&mut state, "1 Fleet");
}

#[test]
fn the_wheel_moves_and_nothing_is_hit_where_nothing_is() {
    let mut state = ready();
    let wheel = |act| Message::Mouse(Mouse { act, x: 5, y: 5 });
    send(&mut state, wheel(MouseAct::WheelDown));
    assert_eq!(state.at(Screen::Fleet), 3);
    send(&mut state, wheel(MouseAct::WheelUp));
    assert_eq!(state.at(Screen::Fleet), 0);
    for y in 0..40 {
        for x in (0..220).step_by(7) {
            for act in [MouseAct::Click, MouseAct::Mark] {
                send(&mut state, Message::Mouse(Mouse { act, x, y }));
                send(&mut state, Message::Key(Key::Esc));
                key(&mut state, "1");
            }
        }
    }
}
