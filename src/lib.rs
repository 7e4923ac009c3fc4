//! `claw`: every member of a team gets their own OpenClaw machine on Azure, and the whole fleet fits
//! in one terminal window. `ARCHITECTURE.md` says what each room is for and who may know whom.

pub mod azure;
pub mod cli;
pub mod fleet;
#[doc(hidden)]
pub mod fuzz;
pub mod ops;
pub mod remote;
pub mod sim;
pub mod tui;
