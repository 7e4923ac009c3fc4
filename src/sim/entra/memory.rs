//! What Entra remembers between requests.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use time::OffsetDateTime;

use super::ssh_authority::SshAuthority;

/// Part of the state.
#[derive(Default)]
pub struct Memory {
    /// Refresh token → object id of its user. Good for any resource, as real ones are.
    pub refresh_tokens: BTreeMap<String, String>,
    /// By device code.
    pub devices: BTreeMap<String, Device>,
    /// Tokens given to a user so far, by object id.
    pub issued: BTreeMap<String, u32>,
    /// Access tokens that answered a claims challenge.
    pub answered: Vec<String>,
    /// Access tokens with the time of their first use, where the scenario lets them run out.
    pub used: BTreeMap<String, OffsetDateTime>,
    /// Signs SSH certificates; made when first asked for, since an RSA key takes a moment.
    pub ssh_authority: Arc<OnceLock<SshAuthority>>,
}

/// A sign-in that waits for its code to be typed.
pub struct Device {
    pub begun: OffsetDateTime,
    /// The poll before this one.
    pub last_poll: Option<OffsetDateTime>,
    pub polls: u32,
}
