//! Which host names the embedded cloud answers for.

use super::world::World;

/// The service behind a host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Entra,
    Arm,
    Graph,
    Vault,
    Blob,
    Prices,
    /// Tells callers their own address.
    Echo,
}

/// What a name service would say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    Service(Service),
    /// A name of Azure's that nothing has taken yet, as of a vault not yet made.
    Missing,
    /// Outside of the embedded cloud.
    Unknown,
}

/// Looks up a lower-case host name.
pub fn find(world: &World, host: &str) -> Host {
    let own = world.scenario.cloud.hosts();
    match host {
        _ if own.entra.contains(&host) => Host::Service(Service::Entra),
        _ if host == own.arm => Host::Service(Service::Arm),
        _ if host == own.graph => Host::Service(Service::Graph),
        "prices.azure.com" => Host::Service(Service::Prices),
        "api.ipify.org" | "checkip.amazonaws.com" | "ifconfig.me" => Host::Service(Service::Echo),
        _ => match host.split_once('.') {
            Some((vault, suffix)) if suffix == own.vault => match vault_exists(world, vault) {
                true => Host::Service(Service::Vault),
                false => Host::Missing,
            },
            Some((account, suffix)) if suffix == own.blob && account.starts_with("claw") => {
                Host::Service(Service::Blob)
            }
            // Where the Azure CLI looks for a newer self, among others.
            Some((_, "blob.core.windows.net")) => Host::Missing,
            Some((_, suffix)) if suffix == own.blob => Host::Missing,
            _ => Host::Unknown,
        },
    }
}

fn vault_exists(world: &World, name: &str) -> bool {
    let suffix = format!("/providers/microsoft.keyvault/vaults/{name}");
    world.state().resources.keys().any(|id| id.ends_with(&suffix))
}
