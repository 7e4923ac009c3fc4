//! What is told about a command on many machines.

use serde::Serialize;
use tokio::sync::mpsc;

use super::lines::Line;
use crate::ops::{OpsError, event::Stream};

/// Blocks of lines on their way to whoever shows them; a full channel slows the commands.
const ROOM: usize = 16;

/// In the order in which it happens on each machine.
#[derive(Clone, Debug)]
pub enum Told {
    Said { machine: String, stream: Stream, lines: Vec<Line> },
    Ran(Ran),
}

pub type Tell = mpsc::Sender<Told>;

/// Where a command's machines tell, and where it is heard.
pub fn channel() -> (Tell, mpsc::Receiver<Told>) {
    mpsc::channel(ROOM)
}

/// How the command went on one machine.
#[derive(Clone, Debug, Serialize)]
pub struct Ran {
    /// The name people use for it.
    pub machine: String,
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The fingerprint of a host key that was taken without a pin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_host_key: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    Ended {
        /// 255 when it died of a signal.
        code: u32,
        /// Azure's agent passed on the end of its output only.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        cut: bool,
    },
    /// It did not run, or nobody knows how it ended.
    Failed { error: OpsError },
}

impl Ran {
    /// It ended well, and all that it said was heard.
    pub fn is_good(&self) -> bool {
        matches!(self.outcome, Outcome::Ended { code: 0, cut: false })
    }
}
