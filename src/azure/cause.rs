//! What lies under an error of azure_core.

use std::error::Error as StdError;

/// The first cause of this type, from the top down.
pub fn find<T: StdError + 'static>(error: &azure_core::Error) -> Option<&T> {
    let mut source: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = source {
        if let Some(cause) = error.downcast_ref() {
            return Some(cause);
        }
        source = error.source();
    }
    None
}
