//! Promise 1 to 3 and 8, as properties and cases.

mod alone;
mod cases;
mod groups;
pub mod model;
mod nightly;
mod properties;
mod removal;
