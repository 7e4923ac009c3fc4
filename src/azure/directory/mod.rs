//! People and groups, from Microsoft Graph.

mod batch;
mod fuzz;
mod groups;
mod people;
mod user;

pub use fuzz::read_any;
pub use groups::expand;
pub use people::resolve;
