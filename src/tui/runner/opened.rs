//! The window up to its first frame: the machines as they were seen last.

use std::path::PathBuf;

use time::OffsetDateTime;

use super::{
    super::{
        WindowOptions,
        kept::Files,
        message::{Command, Message},
        opening::Opening,
        state::State,
        terminal::Window,
        theme::Depth,
        update::update,
        view,
    },
    record::Recorder,
    signals::Early,
};
use crate::ops::{Event, OpsError, Settings, snapshot};

/// A window that shows its first frame; the terminal is given back when it is dropped.
pub struct Opened {
    pub(in crate::tui) settings: Settings,
    pub(in crate::tui) window: Window,
    pub(in crate::tui) state: State,
    pub(in crate::tui) recorder: Option<Recorder>,
    /// What the state asked for so far.
    pub(in crate::tui) commands: Vec<Command>,
    pub(in crate::tui) config_file: Option<PathBuf>,
    pub(in crate::tui) early: Early,
}

/// Opens the window and draws its first frame. Asks nobody, and needs no runtime.
pub fn open(settings: Settings, options: WindowOptions) -> Result<Opened, OpsError> {
    // Another thread begins so late that it saves nothing.
    let mut opened = empty(settings, options)?;
    if let Some(machines) = snapshot::last(&opened.settings) {
        opened.take(Message::Event(Event::Machines { machines, fresh: false }))?;
    }
    let state = &opened.state;
    opened.window.draw(|frame| view::draw(state, frame))?;
    Ok(opened)
}

/// The window before anything is known of the machines, and before it is drawn.
fn empty(settings: Settings, options: WindowOptions) -> Result<Opened, OpsError> {
    // Before the terminal is taken over, so that what is wrong with a file can be read.
    let files = Files::read(&settings.data)?;
    let opening = Opening {
        read_only: settings.read_only,
        first_run: !settings.read_only && !settings.has_team_file(),
        plan_first: options.plan_first,
        ..Opening::of(&files)
    };
    let early = Early::watch()?;
    let window = Window::open()?;
    let recorder = options.record.as_deref().map(|file| Recorder::create(file, &opening)).transpose()?;
    let mut state = opening.state(OffsetDateTime::now_utc());
    state.title = options.title;
    (state.look, state.colour) = (files.look, files.look.depth != Depth::None);
    if let Ok(size) = window.terminal.size() {
        state.size = (size.width, size.height);
    }
    if let Err(error) = files.prefs {
        state.note = Some((error.to_string(), true));
    }
    let commands = options.plan_first.then_some(Command::Plan).into_iter().collect();
    let config_file = options.config_file;
    let mut opened = Opened { settings, window, state, recorder, commands, config_file, early };
    // What the first frame shows; recorded, as a player's window may be of another size.
    let (width, height) = opened.state.size;
    opened.take(Message::Resize { width, height })?;
    Ok(opened)
}

impl Opened {
    fn take(&mut self, message: Message) -> Result<(), OpsError> {
        if let Some(recorder) = &mut self.recorder {
            recorder.take(&message).map_err(|e| OpsError::failed(format!("can't record: {e}")))?;
        }
        self.commands.extend(update(&mut self.state, message));
        Ok(())
    }
}
