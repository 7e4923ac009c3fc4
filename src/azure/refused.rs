//! Tokens that Azure refused before they ran out.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use azure_core::credentials::AccessToken;
use sha2::{Digest, Sha256};

/// By their digests. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Refused(Arc<Mutex<HashSet<[u8; 32]>>>);

impl Refused {
    /// `authorization`: the header that was sent along, `Bearer …`.
    pub fn note(&self, authorization: &str) {
        if let Some(token) = authorization.strip_prefix("Bearer ") {
            self.all().insert(digest(token));
        }
    }

    pub fn has(&self, token: &AccessToken) -> bool {
        self.all().contains(&digest(token.token.secret()))
    }

    pub fn clear(&self) {
        self.all().clear();
    }

    fn all(&self) -> MutexGuard<'_, HashSet<[u8; 32]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
