//! What an operator can do, one file a verb. Window and scripts run these and nothing else.

pub mod allow;
mod alone;
pub mod apply;
mod assets;
mod bootstrap;
pub mod config_push;
pub mod error;
pub mod event;
pub mod exec;
pub mod exec_many;
mod gateway;
pub mod idle;
mod key;
pub mod logs;
pub mod pairings;
pub mod power;
pub mod preflight;
mod prices;
mod roster;
mod seam;
pub mod secrets;
pub mod session;
pub mod settings;
pub mod shell;
pub mod status;
pub mod sync;
mod tail;
pub mod teardown;
pub mod text;
pub mod watch;

pub use error::{ErrorKind, OpsError};
pub use event::{Event, Events};
pub use session::Session;
pub use settings::{Overrides, Settings};
