//! Who owns the embedded cloud: its tenant, its subscription, and the one service principal.

use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::Builder;

use super::cloud_name::CloudName;

/// Built-in role that the service principal holds at the subscription.
pub const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

/// Fixed for one run; ids and secret are fresh in each.
#[derive(Clone, Debug)]
pub struct Account {
    /// Where it is.
    pub cloud: CloudName,
    pub tenant: String,
    pub subscription: String,
    /// Application id of the service principal (`appid`, `clientId`).
    pub client_id: String,
    pub client_secret: String,
    /// Object id of the service principal (`oid`), the one that role assignments name.
    pub object_id: String,
    /// Signs access tokens.
    pub token_key: [u8; 32],
}

impl Default for Account {
    fn default() -> Self {
        Self::drawn(&mut rand::rng())
    }
}

impl Account {
    /// The same for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self::drawn(&mut StdRng::seed_from_u64(seed))
    }

    fn drawn(random: &mut impl Rng) -> Self {
        let mut guid = || Builder::from_random_bytes(random.random()).into_uuid();
        let (tenant, subscription, client_id, object_id) = (guid(), guid(), guid(), guid());
        let client_secret = format!("{}~{}", guid().simple(), guid().simple());
        Self {
            cloud: CloudName::default(),
            tenant: tenant.to_string(),
            subscription: subscription.to_string(),
            client_id: client_id.to_string(),
            client_secret,
            object_id: object_id.to_string(),
            token_key: random.random(),
        }
    }

    /// Scope of everything the service principal owns.
    pub fn subscription_scope(&self) -> String {
        format!("/subscriptions/{}", self.subscription)
    }
}
