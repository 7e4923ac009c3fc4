//! How a window is before its first message; kept in a recording's head, so that a replay begins alike.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    fleet::prefs::Prefs,
    keys::file,
    setup::Setup,
    state::{Screen, State},
    theme::{Styles, Theme},
};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Opening {
    pub prefs: Prefs,
    /// What the operator changed, as `keys.toml` has it.
    pub keys: file::Changed,
    pub read_only: bool,
    /// All that there are, and the one in force.
    pub themes: BTreeMap<String, Styles>,
    pub theme: Option<String>,
    /// There is no team.json.
    pub first_run: bool,
    /// The window begins with the plan.
    pub plan_first: bool,
}

impl Opening {
    /// The state that it says. Keys that this version of claw does not know are left at their defaults.
    pub fn state(&self, now: OffsetDateTime) -> State {
        let mut state = State::new(now);
        state.fleet.prefs = self.prefs.clone().mended();
        let keys = file::of(&self.keys);
        if keys.is_none() {
            state.note =
                Some(("the keys of the recording are not this version's: they have their defaults".into(), true));
        }
        state.keys = keys.unwrap_or_default();
        if self.read_only {
            state.keys = state.keys.read_only();
        }
        state.themes = self.themes.iter().map(|(name, styles)| (name.clone(), Theme::from(styles))).collect();
        state.theme.clone_from(&self.theme);
        if let Some((_, theme)) = state.themes.iter().find(|(name, _)| Some(name) == self.theme.as_ref()) {
            state.look.theme = *theme;
        }
        if self.first_run {
            (state.setup, state.screen) = (Some(Setup::default()), Screen::Setup);
        }
        if self.plan_first {
            (state.screen, state.planning) = (Screen::Plan, true);
        }
        state
    }

    /// What is the operator's own.
    pub fn of(files: &super::kept::Files) -> Self {
        Self {
            prefs: files.prefs.as_ref().cloned().unwrap_or_default(),
            keys: file::changed(&files.keys),
            themes: files.themes.iter().map(|(name, theme)| (name.clone(), Styles::from(theme))).collect(),
            theme: files.theme.clone(),
            ..Self::default()
        }
    }
}
