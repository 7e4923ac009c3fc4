//! Archives of machines on this computer: always sealed with age before a byte reaches a disk.

mod mark;
mod open;
mod seal;

pub use mark::Mark;
pub use open::{Identities, open};
pub use seal::{Recipients, seal};

use tokio::sync::mpsc;

/// Pieces on their way between a machine and the seal.
pub const PIECES: usize = 16;

/// Bytes in one piece of an opened archive.
const PIECE: usize = 64 * 1024;

/// The whole of what came, counted and hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

/// Both ends of a bounded way for pieces.
pub fn pieces() -> (mpsc::Sender<Vec<u8>>, mpsc::Receiver<Vec<u8>>) {
    mpsc::channel(PIECES)
}

#[cfg(test)]
mod tests;
