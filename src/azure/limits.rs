//! Which published limits a request counts against.
//!
//! ARM: per subscription and principal, since 2024 (azure-docs `request-limits-and-throttling`).
//! Compute: `compute-throttling-limits`. Resource Graph: 15 requests in 5 seconds a user.

use azure_core::http::{Method, Url};

/// A bucket of requests. The last one of a request is the most specific.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    Reads,
    Writes,
    Deletes,
    /// Lists of VMs ("high cost" reads).
    MachineLists,
    /// Reads of one VM, by its lower-case path.
    Machine(String),
    /// Changes of VMs, of all together: start, restart, extensions, tags.
    Updates,
    /// Changes of one VM, by its lower-case name.
    Update(String),
    /// Deletions and deallocations of VMs.
    Removals,
    /// The same of one VM.
    Removal(String),
    /// Polls of one of compute's operations, by its id.
    Operation(String),
    /// Resource Graph queries.
    Queries,
    /// Any other host: no known limit, but it can ask for pauses.
    Host(String),
}

impl Limit {
    /// Burst and refill a second; `None` when no limit is published.
    pub fn rate(&self) -> Option<(u32, f64)> {
        match self {
            Self::Reads => Some((250, 25.0)),
            Self::Writes | Self::Deletes => Some((200, 10.0)),
            Self::MachineLists => Some((900, 5.0)),
            Self::Machine(_) => Some((36, 0.2)),
            Self::Updates | Self::Removals => Some((1500, 500.0 / 60.0)),
            Self::Update(_) | Self::Removal(_) => Some((12, 4.0 / 60.0)),
            Self::Operation(_) => Some((45, 0.25)),
            Self::Queries => Some((15, 3.0)),
            Self::Host(_) => None,
        }
    }
}

/// The limits of a request, general ones first. `arm` is ARM's host.
pub fn limits_of(method: Method, url: &Url, arm: &str) -> Vec<Limit> {
    let host = url.host_str().unwrap_or_default();
    if !host.eq_ignore_ascii_case(arm) {
        return vec![Limit::Host(host.to_ascii_lowercase())];
    }
    let path = url.path().to_ascii_lowercase();
    if path.contains("/providers/microsoft.resourcegraph/") {
        return vec![Limit::Queries];
    }
    let own = match method {
        Method::Delete => Limit::Deletes,
        Method::Get | Method::Head => Limit::Reads,
        _ => Limit::Writes,
    };
    let mut limits = vec![own];
    limits.extend(compute(method, &path));
    limits
}

/// Compute's own limits, the subscription's first and the VM's last.
fn compute(method: Method, path: &str) -> Vec<Limit> {
    let is_read = matches!(method, Method::Get | Method::Head);
    if let Some((_, rest)) = path.split_once("/providers/microsoft.compute/locations/") {
        let operation = rest.split_once("/operations/").map(|(_, id)| Limit::Operation(id.to_owned()));
        return operation.filter(|_| is_read).into_iter().collect();
    }
    let Some((_, rest)) = path.split_once("/providers/microsoft.compute/virtualmachines/") else {
        let is_list = path.ends_with("/providers/microsoft.compute/virtualmachines");
        return if is_list && is_read { vec![Limit::MachineLists] } else { Vec::new() };
    };
    let (machine, verb) = rest.split_once('/').unwrap_or((rest, ""));
    let machine = machine.to_owned();
    match (method, verb) {
        _ if is_read => vec![Limit::Machine(machine)],
        // What another provider keeps beside the VM is not compute's to count.
        (_, verb) if verb.starts_with("providers/") => Vec::new(),
        (Method::Delete, "") | (_, "deallocate") => vec![Limit::Removals, Limit::Removal(machine)],
        _ => vec![Limit::Updates, Limit::Update(machine)],
    }
}

/// Whether sending it twice does no harm. POSTs are listed one by one.
pub fn repeatable(method: Method, url: &Url) -> bool {
    const POSTS: [&str; 12] = [
        "/cancel",
        "/checknameavailability",
        "/validate",
        "/whatif",
        "/start",
        "/restart",
        "/deallocate",
        "/retrievebootdiagnosticsdata",
        "/providers/microsoft.resourcegraph/resources",
        "/$batch",
        "/oauth2/v2.0/token",
        "/providers/microsoft.resources/tags/default",
    ];
    let path = url.path().to_ascii_lowercase();
    match method {
        Method::Get | Method::Head | Method::Delete => true,
        // Put again, a script runs again.
        Method::Put => path.rsplit('/').nth(1) != Some("runcommands"),
        _ => POSTS.iter().any(|end| path.ends_with(end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARM: &str = "management.azure.com";
    const VMS: &str =
        "https://management.azure.com/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines";

    fn of(method: Method, url: &str) -> Vec<Limit> {
        limits_of(method, &Url::parse(url).unwrap(), ARM)
    }

    #[test]
    fn requests_fall_into_their_buckets() {
        assert_eq!(of(Method::Get, VMS), [Limit::Reads, Limit::MachineLists]);
        assert_eq!(of(Method::Get, &format!("{VMS}/claw-a?x=y")), [Limit::Reads, Limit::Machine("claw-a".into())]);
        let one = "claw-a".to_owned();
        let start = of(Method::Post, &format!("{VMS}/Claw-A/start"));
        assert_eq!(start, [Limit::Writes, Limit::Updates, Limit::Update(one.clone())]);
        let removal = [Limit::Removals, Limit::Removal(one)];
        assert_eq!(of(Method::Delete, &format!("{VMS}/claw-a"))[1..], removal);
        assert_eq!(of(Method::Post, &format!("{VMS}/claw-a/deallocate"))[1..], removal);
        let grant = format!("{VMS}/claw-a/providers/Microsoft.Authorization/roleAssignments/1");
        assert_eq!(of(Method::Put, &grant), [Limit::Writes]);
        let poll = "https://management.azure.com/subscriptions/s/providers/Microsoft.Compute/locations/x/operations/7";
        assert_eq!(of(Method::Get, poll), [Limit::Reads, Limit::Operation("7".into())]);
        assert_eq!(
            of(Method::Get, "https://graph.microsoft.com/v1.0/users"),
            [Limit::Host("graph.microsoft.com".into())]
        );
    }

    #[test]
    fn a_run_command_is_never_repeated() {
        let managed = Url::parse(&format!("{VMS}/claw-a/runCommands/claw-1?api-version=1")).unwrap();
        assert!(!repeatable(Method::Put, &managed));
        assert!(repeatable(Method::Delete, &managed) && repeatable(Method::Get, &managed));
        let plain = Url::parse(&format!("{VMS}/claw-a/runCommand")).unwrap();
        assert!(!repeatable(Method::Post, &plain));
        let extension = Url::parse(&format!("{VMS}/claw-a/extensions/x?api-version=1")).unwrap();
        assert!(repeatable(Method::Put, &extension));
        let start = Url::parse(&format!("{VMS}/claw-a/start?api-version=1")).unwrap();
        assert!(repeatable(Method::Post, &start));
    }
}
