//! Who owns the embedded cloud: its tenant, its subscription, and the one service principal.

use uuid::Uuid;

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
        let guid = || Uuid::new_v4().to_string();
        Self {
            cloud: CloudName::default(),
            tenant: guid(),
            subscription: guid(),
            client_id: guid(),
            client_secret: format!("{}~{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()),
            object_id: guid(),
            token_key: rand::random(),
        }
    }
}

impl Account {
    /// Scope of everything the service principal owns.
    pub fn subscription_scope(&self) -> String {
        format!("/subscriptions/{}", self.subscription)
    }
}
