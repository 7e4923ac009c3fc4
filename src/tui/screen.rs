//! The screens of the window.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Screen {
    Fleet,
    Plan,
    Logs,
    Pairings,
    Config,
    Idle,
    Activity,
    Health,
    /// One machine; reached from the fleet, without a tab.
    Machine,
    /// What a command said on many machines; reached from the fleet.
    Exec,
    /// The first run.
    Setup,
}

impl Screen {
    pub const ALL: [Screen; 11] = [
        Self::Fleet,
        Self::Plan,
        Self::Logs,
        Self::Pairings,
        Self::Config,
        Self::Idle,
        Self::Activity,
        Self::Health,
        Self::Machine,
        Self::Exec,
        Self::Setup,
    ];
    pub const COUNT: usize = Self::ALL.len();

    /// Those with a tab.
    pub fn tabs() -> impl Iterator<Item = Screen> {
        Self::ALL.into_iter().filter(|s| !matches!(s, Self::Machine | Self::Exec | Self::Setup))
    }

    /// The tab after this one, or before it; those without a tab belong to the fleet's.
    pub fn beside(self, by: isize) -> Self {
        let tabs: Vec<Screen> = Self::tabs().collect();
        let at = tabs.iter().position(|s| *s == self).unwrap_or(0);
        let to = (at + tabs.len()).saturating_add_signed(by) % tabs.len();
        tabs.get(to).copied().unwrap_or(self)
    }

    pub fn title(self) -> &'static str {
        let all =
            ["Fleet", "Plan", "Logs", "Pairings", "Config", "Idle", "Activity", "Health", "Machine", "Exec", "Setup"];
        all[self as usize]
    }
}
