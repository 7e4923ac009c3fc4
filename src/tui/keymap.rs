//! Keys as data: the help screen and the hints are made from this table.

use super::{message::Key, state::Screen};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Quit,
    Interrupt,
    Help,
    Back,
    NextScreen,
    PreviousScreen,
    Go(Screen),
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    OpenLogs,
    Replan,
    Apply,
    Start,
    Stop,
    Follow,
    Approve,
    Reject,
    Revoke,
    Diff,
    Push,
    CheckIdle,
    Deallocate,
    ReadActivity,
    Search,
    Export,
    Palette,
    Mark,
    Pause,
    Retry,
    Undo,
    Saved,
    Shell,
    Open,
}

pub struct Binding {
    pub keys: &'static [Key],
    /// Where it holds; `None` is everywhere.
    pub screen: Option<Screen>,
    pub action: Action,
    /// As shown, e.g. `↑ k`.
    pub shown: &'static str,
    pub help: &'static str,
    /// The command line that does the same.
    pub same_as: &'static str,
    /// Shown at the bottom of its screen.
    pub hint: bool,
}

const fn bind(
    keys: &'static [Key],
    screen: Option<Screen>,
    action: Action,
    shown: &'static str,
    help: &'static str,
) -> Binding {
    Binding { keys, screen, action, shown, help, same_as: "", hint: screen.is_some() }
}

const fn act(
    keys: &'static [Key],
    screen: Screen,
    action: Action,
    shown: &'static str,
    help: &'static str,
    same_as: &'static str,
) -> Binding {
    Binding { keys, screen: Some(screen), action, shown, help, same_as, hint: true }
}

use Key::{BackTab, Char, Ctrl, Down, End, Enter, Esc, Home, PageDown, PageUp, Tab, Up};

pub const KEYMAP: &[Binding] = &[
    act(&[Enter], Screen::Fleet, Action::OpenLogs, "enter", "logs", "claw logs NAME -f"),
    act(&[Char('p')], Screen::Fleet, Action::Replan, "p", "plan", "claw plan"),
    act(&[Char('s')], Screen::Fleet, Action::Shell, "s", "shell", "claw ssh NAME"),
    act(&[Char('o')], Screen::Fleet, Action::Open, "o", "open", "claw open NAME"),
    act(&[Char('u')], Screen::Fleet, Action::Start, "u", "start", "claw start NAME"),
    act(&[Char('S')], Screen::Fleet, Action::Stop, "S", "stop", "claw stop NAME"),
    act(&[Char('c')], Screen::Fleet, Action::Diff, "c", "compare config", "claw config diff"),
    act(&[Char('i')], Screen::Fleet, Action::CheckIdle, "i", "idle?", "claw idle"),
    act(&[Char('a')], Screen::Plan, Action::Apply, "a", "apply", "claw up"),
    bind(&[Char(' ')], Some(Screen::Plan), Action::Pause, "space", "pause"),
    act(&[Char('t')], Screen::Plan, Action::Retry, "t", "retry", "claw up"),
    bind(&[Char('x')], Some(Screen::Plan), Action::Undo, "x", "take out"),
    act(&[Char('r')], Screen::Plan, Action::Replan, "r", "plan again", "claw plan"),
    bind(&[Char('f')], Some(Screen::Logs), Action::Follow, "f", "follow or pause"),
    act(&[Char('a')], Screen::Pairings, Action::Approve, "a", "approve", "claw devices approve ID"),
    act(&[Char('x')], Screen::Pairings, Action::Reject, "x", "reject", "claw devices reject ID"),
    act(&[Char('v')], Screen::Pairings, Action::Revoke, "v", "revoke", "claw devices revoke ID"),
    bind(&[Char(' ')], Some(Screen::Pairings), Action::Mark, "space", "mark"),
    act(&[Char('c')], Screen::Config, Action::Diff, "c", "compare", "claw config diff"),
    act(&[Char('p')], Screen::Config, Action::Push, "p", "push", "claw config push"),
    act(&[Char('b')], Screen::Config, Action::Saved, "b", "roll back", "claw config rollback"),
    act(&[Char('i')], Screen::Idle, Action::CheckIdle, "i", "check", "claw idle"),
    act(&[Char('d')], Screen::Idle, Action::Deallocate, "d", "deallocate", "claw idle --deallocate"),
    act(&[Char('r')], Screen::Activity, Action::ReadActivity, "r", "read again", "claw activity"),
    act(&[Char('/')], Screen::Activity, Action::Search, "/", "search", "claw activity --search WORDS"),
    act(&[Char('e')], Screen::Activity, Action::Export, "e", "export", "claw activity --json"),
    bind(&[Char('1')], None, Action::Go(Screen::Fleet), "1", "fleet"),
    bind(&[Char('2')], None, Action::Go(Screen::Plan), "2", "plan"),
    bind(&[Char('3')], None, Action::Go(Screen::Logs), "3", "logs"),
    bind(&[Char('4')], None, Action::Go(Screen::Pairings), "4", "pairings"),
    bind(&[Char('5')], None, Action::Go(Screen::Config), "5", "config"),
    bind(&[Char('6')], None, Action::Go(Screen::Idle), "6", "idle"),
    bind(&[Char('7')], None, Action::Go(Screen::Activity), "7", "activity"),
    bind(&[Tab], None, Action::NextScreen, "tab", "next screen"),
    bind(&[BackTab], None, Action::PreviousScreen, "shift-tab", "previous screen"),
    bind(&[Up, Char('k')], None, Action::Up, "↑ k", "up"),
    bind(&[Down, Char('j')], None, Action::Down, "↓ j", "down"),
    bind(&[PageUp], None, Action::PageUp, "page up", "a page up"),
    bind(&[PageDown], None, Action::PageDown, "page down", "a page down"),
    bind(&[Home, Char('g')], None, Action::Top, "home g", "first line"),
    bind(&[End, Char('G')], None, Action::Bottom, "end G", "last line"),
    bind(&[Esc], None, Action::Back, "esc", "back to the fleet"),
    bind(&[Char('?')], None, Action::Help, "?", "this help"),
    bind(&[Char(':')], None, Action::Palette, ":", "type a command"),
    bind(&[Char('q')], None, Action::Quit, "q", "quit"),
    bind(&[Ctrl('c')], None, Action::Interrupt, "ctrl-c", "stop a running apply, else quit"),
];

/// What a key does on a screen; the screen's own binding wins.
pub fn find(key: Key, screen: Screen) -> Option<&'static Binding> {
    let fits = |b: &&Binding, at: Option<Screen>| b.screen == at && b.keys.contains(&key);
    KEYMAP.iter().find(|b| fits(b, Some(screen))).or_else(|| KEYMAP.iter().find(|b| fits(b, None)))
}
