//! People and groups, from Microsoft Graph.

mod batch;
mod groups;
mod people;
mod user;

pub use groups::expand;
pub use people::resolve;
