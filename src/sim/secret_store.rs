//! Secrets as a vault keeps them: every version, and what was deleted and can be recovered.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use time::OffsetDateTime;

/// The current version of a secret.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    pub value: String,
    /// 32 hexadecimal digits.
    pub version: String,
    pub created: OffsetDateTime,
    pub updated: OffsetDateTime,
}

/// One version with what else its author said.
#[derive(Clone, Debug)]
pub struct SecretVersion {
    pub secret: StoredSecret,
    pub content_type: Option<String>,
    pub tags: Map<String, Value>,
    pub enabled: bool,
}

/// A deleted secret: recoverable until it is purged.
#[derive(Clone, Debug)]
pub struct DeletedSecret {
    /// Oldest first, never empty.
    pub versions: Vec<SecretVersion>,
    pub deleted: OffsetDateTime,
    /// Until then neither recreated nor recovered.
    pub deleting_until: OffsetDateTime,
}

/// What one vault keeps beside the current versions. Names are lower case.
#[derive(Clone, Debug, Default)]
pub struct SecretStore {
    /// Oldest first, never empty.
    pub versions: BTreeMap<String, Vec<SecretVersion>>,
    pub deleted: BTreeMap<String, DeletedSecret>,
}
