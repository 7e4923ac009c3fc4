//! Keys as data: help, hints and the published schema are made from this table; `keys` holds those in force.

use super::{
    logs::LogAct,
    machine::{MachineAct, Tab as Part},
    message::Key,
    state::Screen,
};

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
    Log(LogAct),
    OpenMachine,
    Machine(MachineAct),
    Approve,
    Reject,
    Revoke,
    Diff,
    Push,
    CheckIdle,
    Deallocate,
    Restart,
    Filter,
    Mark,
    MarkAll,
    Columns,
    SortNext,
    SortPrevious,
    Reverse,
    ScrollLeft,
    ScrollRight,
    ReadActivity,
    Search,
    Export,
    Palette,
    Pause,
    Retry,
    Undo,
    Fold,
    Unfold,
    Saved,
    Shell,
    Open,
    Exec,
    Rename,
    Rotate,
    Remove,
    Theme,
}

impl Action {
    /// Whether it changes something outside the window. Exhaustive, so that nobody forgets to say it of a new one.
    pub fn changes(self) -> bool {
        match self {
            Self::Apply
            | Self::Start
            | Self::Stop
            | Self::Restart
            | Self::Approve
            | Self::Reject
            | Self::Revoke
            | Self::Push
            | Self::Deallocate
            | Self::Retry
            | Self::Saved
            | Self::Shell
            | Self::Open
            | Self::Exec
            | Self::Rename
            | Self::Rotate
            | Self::Remove => true,
            Self::Quit
            | Self::Interrupt
            | Self::Help
            | Self::Back
            | Self::NextScreen
            | Self::PreviousScreen
            | Self::Go(_)
            | Self::Up
            | Self::Down
            | Self::PageUp
            | Self::PageDown
            | Self::Top
            | Self::Bottom
            | Self::OpenLogs
            | Self::Replan
            | Self::Log(_)
            | Self::OpenMachine
            | Self::Machine(_)
            | Self::Diff
            | Self::CheckIdle
            | Self::Filter
            | Self::Mark
            | Self::MarkAll
            | Self::Columns
            | Self::SortNext
            | Self::SortPrevious
            | Self::Reverse
            | Self::ScrollLeft
            | Self::ScrollRight
            | Self::ReadActivity
            | Self::Search
            | Self::Export
            | Self::Palette
            | Self::Pause
            | Self::Undo
            | Self::Fold
            | Self::Unfold
            | Self::Theme => false,
        }
    }
}

#[derive(Debug)]
pub struct Binding {
    pub keys: &'static [Key],
    /// Where it holds; `None` is everywhere.
    pub screen: Option<Screen>,
    pub action: Action,
    pub help: &'static str,
    /// The command line that does the same.
    pub same_as: &'static str,
    /// Shown at the bottom of its screen.
    pub hint: bool,
}

const fn bind(keys: &'static [Key], screen: Option<Screen>, action: Action, help: &'static str) -> Binding {
    Binding { keys, screen, action, help, same_as: "", hint: screen.is_some() }
}

const fn act(
    keys: &'static [Key],
    screen: Screen,
    action: Action,
    help: &'static str,
    same_as: &'static str,
) -> Binding {
    Binding { keys, screen: Some(screen), action, help, same_as, hint: true }
}

const fn log(keys: &'static [Key], act: LogAct, help: &'static str, hint: bool) -> Binding {
    let same_as = if hint && matches!(act, LogAct::Follow) { "claw logs NAME -f" } else { "" };
    Binding { keys, screen: Some(Screen::Logs), action: Action::Log(act), help, same_as, hint }
}

const fn part(keys: &'static [Key], act: MachineAct, help: &'static str, same_as: &'static str) -> Binding {
    Binding { keys, screen: Some(Screen::Machine), action: Action::Machine(act), help, same_as, hint: false }
}

use Key::{BackTab, Char, Ctrl, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Tab, Up};

pub const KEYMAP: &[Binding] = &[
    bind(&[Enter], Some(Screen::Fleet), Action::OpenMachine, "machine"),
    act(&[Char('l')], Screen::Fleet, Action::OpenLogs, "logs", "claw logs NAME -f"),
    act(&[Char('p')], Screen::Fleet, Action::Replan, "plan", "claw plan"),
    bind(&[Char('/')], Some(Screen::Fleet), Action::Filter, "filter"),
    bind(&[Char(' ')], Some(Screen::Fleet), Action::Mark, "mark"),
    act(&[Char('s')], Screen::Fleet, Action::Shell, "shell", "claw ssh NAME"),
    act(&[Char('o')], Screen::Fleet, Action::Open, "open", "claw open NAME"),
    act(&[Char('!')], Screen::Fleet, Action::Exec, "run a command", "claw exec NAME -- CMD"),
    act(&[Char('u')], Screen::Fleet, Action::Start, "start", "claw start NAME"),
    act(&[Char('d')], Screen::Fleet, Action::Stop, "stop", "claw stop NAME"),
    act(&[Char('c')], Screen::Fleet, Action::Diff, "compare config", "claw config diff"),
    act(&[Char('i')], Screen::Fleet, Action::CheckIdle, "idle?", "claw idle"),
    bind(&[Char('C')], Some(Screen::Fleet), Action::Columns, "columns"),
    bind(&[Char('*')], Some(Screen::Fleet), Action::MarkAll, "mark all, or none"),
    act(&[Char('R')], Screen::Fleet, Action::Restart, "restart", "claw restart NAME --machine"),
    bind(&[Char('>')], Some(Screen::Fleet), Action::SortNext, "sort by next"),
    bind(&[Char('<')], Some(Screen::Fleet), Action::SortPrevious, "sort by previous"),
    bind(&[Char('r')], Some(Screen::Fleet), Action::Reverse, "turn the order"),
    bind(&[Right], Some(Screen::Fleet), Action::ScrollRight, "more columns"),
    bind(&[Left], Some(Screen::Fleet), Action::ScrollLeft, "columns back"),
    act(&[Char('a')], Screen::Plan, Action::Apply, "apply", "claw up"),
    bind(&[Char(' ')], Some(Screen::Plan), Action::Pause, "pause"),
    act(&[Char('t')], Screen::Plan, Action::Retry, "retry", "claw up"),
    bind(&[Char('x')], Some(Screen::Plan), Action::Undo, "take out"),
    act(&[Char('r')], Screen::Plan, Action::Replan, "plan again", "claw plan"),
    Binding { hint: false, ..bind(&[Left], Some(Screen::Plan), Action::Fold, "fold, or to the step above") },
    Binding { hint: false, ..bind(&[Right], Some(Screen::Plan), Action::Unfold, "unfold") },
    log(&[Char('f'), Char(' ')], LogAct::Follow, "follow or pause", true),
    log(&[Char('v')], LogAct::Arrange, "one, tiles, merged", true),
    log(&[Char('s')], LogAct::Source, "source", true),
    log(&[Char('/')], LogAct::Search, "search", true),
    log(&[Char('&')], LogAct::Filter, "filter", true),
    log(&[Char('n')], LogAct::NextMatch, "next match", false),
    log(&[Char('N')], LogAct::PreviousMatch, "match before", false),
    log(&[Char('l')], LogAct::Level, "all, warnings, errors", false),
    log(&[Char('|')], LogAct::Only, "filter on the machine", false),
    log(&[Char(']')], LogAct::NextMachine, "next machine", false),
    log(&[Char('[')], LogAct::PreviousMachine, "machine before", false),
    log(&[Char('}')], LogAct::NextStage, "next stage", false),
    log(&[Char('{')], LogAct::PreviousStage, "stage before", false),
    log(&[Char('w')], LogAct::Wrap, "wrap long lines", false),
    log(&[Char('t')], LogAct::Times, "times", false),
    log(&[Left], LogAct::Left, "to the left", false),
    log(&[Right], LogAct::Right, "to the right", false),
    log(&[Char('y')], LogAct::CopySeen, "copy what is in sight", false),
    log(&[Char('Y')], LogAct::CopyAll, "copy all lines", false),
    log(&[Char('W')], LogAct::Save, "save to a file", false),
    part(&[Char('o')], MachineAct::Show(Part::Overview), "overview", "claw status"),
    part(&[Char('t')], MachineAct::Show(Part::Timeline), "timeline", ""),
    part(&[Char('l')], MachineAct::Show(Part::Log), "log (its keys work too)", "claw logs NAME -f"),
    part(&[Char('d')], MachineAct::Show(Part::Devices), "devices", "claw devices"),
    part(&[Char('c')], MachineAct::Show(Part::Drift), "config", "claw config diff"),
    part(&[Char('x')], MachineAct::Show(Part::Checks), "checks", "claw verify NAME"),
    part(&[Char('b')], MachineAct::Show(Part::Bill), "cost", ""),
    act(&[Char('S')], Screen::Machine, Action::Shell, "shell", "claw ssh NAME"),
    bind(&[Char('r')], Some(Screen::Machine), Action::Machine(MachineAct::Again), "ask again"),
    bind(&[Char(']')], Some(Screen::Machine), Action::Machine(MachineAct::Next), "next machine"),
    bind(&[Char('[')], Some(Screen::Machine), Action::Machine(MachineAct::Previous), "machine before"),
    act(&[Char('a')], Screen::Pairings, Action::Approve, "approve", "claw devices approve ID"),
    act(&[Char('x')], Screen::Pairings, Action::Reject, "reject", "claw devices reject ID"),
    act(&[Char('v')], Screen::Pairings, Action::Revoke, "revoke", "claw devices revoke ID"),
    bind(&[Char(' ')], Some(Screen::Pairings), Action::Mark, "mark"),
    act(&[Char('n')], Screen::Pairings, Action::Rename, "rename", "claw devices rename DEVICE NAME"),
    act(&[Char('o')], Screen::Pairings, Action::Rotate, "rotate", "claw devices rotate DEVICE"),
    act(&[Char('D')], Screen::Pairings, Action::Remove, "remove", "claw devices remove DEVICE"),
    act(&[Char('c')], Screen::Config, Action::Diff, "compare", "claw config diff"),
    act(&[Char('p')], Screen::Config, Action::Push, "push", "claw config push"),
    act(&[Char('b')], Screen::Config, Action::Saved, "roll back", "claw config rollback"),
    act(&[Char('i')], Screen::Idle, Action::CheckIdle, "check", "claw idle"),
    act(&[Char('d')], Screen::Idle, Action::Deallocate, "deallocate", "claw idle --deallocate"),
    act(&[Char('r')], Screen::Activity, Action::ReadActivity, "read again", "claw activity"),
    act(&[Char('/')], Screen::Activity, Action::Search, "search", "claw activity --search WORDS"),
    act(&[Char('e')], Screen::Activity, Action::Export, "export", "claw activity --json"),
    bind(&[Char('1')], None, Action::Go(Screen::Fleet), "fleet"),
    bind(&[Char('2')], None, Action::Go(Screen::Plan), "plan"),
    bind(&[Char('3')], None, Action::Go(Screen::Logs), "logs"),
    bind(&[Char('4')], None, Action::Go(Screen::Pairings), "pairings"),
    bind(&[Char('5')], None, Action::Go(Screen::Config), "config"),
    bind(&[Char('6')], None, Action::Go(Screen::Idle), "idle"),
    bind(&[Char('7')], None, Action::Go(Screen::Activity), "activity"),
    bind(&[Char('8')], None, Action::Go(Screen::Health), "health"),
    bind(&[Tab], None, Action::NextScreen, "next screen"),
    bind(&[BackTab], None, Action::PreviousScreen, "previous screen"),
    bind(&[Up, Char('k')], None, Action::Up, "up"),
    bind(&[Down, Char('j')], None, Action::Down, "down"),
    bind(&[PageUp], None, Action::PageUp, "a page up"),
    bind(&[PageDown], None, Action::PageDown, "a page down"),
    bind(&[Home, Char('g')], None, Action::Top, "first line"),
    bind(&[End, Char('G')], None, Action::Bottom, "last line"),
    bind(&[Esc], None, Action::Back, "back to the fleet"),
    bind(&[Char('?')], None, Action::Help, "this help"),
    bind(&[Char(':')], None, Action::Palette, "type a command"),
    bind(&[Char('T')], None, Action::Theme, "next theme"),
    bind(&[Char('q')], None, Action::Quit, "quit"),
    bind(&[Ctrl('c')], None, Action::Interrupt, "stop a running apply, else quit"),
];
