//! Azure Resource Manager: the embedded one takes the samples' bodies and answers with all of their fields, of the
//! same types. Each difference has its reason beside it.

mod azure;
mod compute;
mod network;
mod others;
