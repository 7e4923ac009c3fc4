//! What callers meet that is no fault but Azure's own way: counted, so that tests know that it happened.

use std::collections::BTreeMap;

/// Times by what it is.
pub type Met = BTreeMap<&'static str, usize>;

/// `token_lifetime` of the scenario's timings.
pub const OUTLIVED: &str = "a token that Azure took no more while it was good for its bearer";
pub const EARLY: &str = "a role that was needed before it took effect";
pub const BEHIND: &str = "a picture of Resource Graph that was behind";
pub const BROKEN: &str = "a connection to a machine that broke in the middle";
