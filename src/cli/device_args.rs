//! Arguments of `claw devices`.

use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;

use super::completions::machines;

#[derive(Clone, Debug, Subcommand)]
pub enum DeviceAction {
    /// Let a device in
    Approve(Request),
    /// Turn a device away
    Reject(Request),
    /// Take a paired device's tokens away: it has to ask again
    Revoke(PairedRole),
    /// Replace a paired device's tokens; only the device gets the new ones
    Rotate(PairedRole),
    /// Call a paired device by a name of your own
    Rename {
        #[command(flatten)]
        device: Paired,
        /// The name
        label: String,
    },
    /// Forget a paired device
    Remove(Paired),
    /// Show the people who ask to talk through a chat channel
    Channels {
        #[command(subcommand)]
        action: Option<ChannelAction>,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub enum ChannelAction {
    /// Let the person in
    Approve(Request),
    /// Drop the request
    Dismiss(Request),
}

#[derive(Clone, Debug, Args)]
pub struct Paired {
    /// Its ID, the first 8 characters or more of it, or its name, as `claw devices` shows them
    #[arg(value_name = "DEVICE")]
    pub device: String,
    /// Only ask this machine
    #[arg(long, add = ArgValueCandidates::new(machines))]
    pub machine: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub struct PairedRole {
    #[command(flatten)]
    pub device: Paired,
    /// Only the token of this role
    #[arg(long)]
    pub role: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub struct Request {
    /// The request's id, as it is listed
    pub id: String,
    /// Only ask this machine
    #[arg(long, add = ArgValueCandidates::new(machines))]
    pub machine: Option<String>,
}
