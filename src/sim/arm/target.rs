//! What a path of ARM names: paths taken apart, ids put together.

/// Types in their own spelling; others keep the caller's.
const SPELLINGS: [&str; 30] = [
    "Microsoft.Authorization",
    "Microsoft.Compute",
    "Microsoft.DevTestLab",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.Resources",
    "deployments",
    "disks",
    "extensions",
    "instanceView",
    "locations",
    "locks",
    "networkInterfaces",
    "networkSecurityGroups",
    "operationStatuses",
    "operations",
    "publicIPAddresses",
    "resourceGroups",
    "roleAssignments",
    "runCommands",
    "schedules",
    "securityRules",
    "subnets",
    "subscriptions",
    "tags",
    "userAssignedIdentities",
    "vaults",
    "virtualMachines",
    "virtualMachineScaleSets",
];

fn spelled(segment: &str) -> String {
    let found = SPELLINGS.iter().chain(&["virtualNetworks", "providers"]).find(|s| s.eq_ignore_ascii_case(segment));
    found.map_or_else(|| segment.to_owned(), |s| (*s).to_owned())
}

/// What an extension resource (or a list) applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Subscription,
    Group,
    Resource,
}

/// `/subscriptions/{s}[/resourceGroups/{g}][/providers/{namespace}/{type}/{name}…]…[/{collection or action}]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub subscription: String,
    pub group: Option<String>,
    /// Id of what stands before the last `/providers/`.
    pub scope: String,
    pub level: Level,
    /// `Microsoft.Resources` where the path names none.
    pub namespace: String,
    pub types: Vec<String>,
    pub names: Vec<String>,
    /// A last segment without a name behind it.
    pub tail: Option<String>,
}

impl Target {
    /// `None` for paths outside of subscriptions.
    pub fn parse(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
        let [first, subscription, rest @ ..] = segments.as_slice() else { return None };
        if !first.eq_ignore_ascii_case("subscriptions") {
            return None;
        }
        let mut target = Self {
            subscription: (*subscription).to_owned(),
            group: None,
            scope: format!("/subscriptions/{subscription}"),
            level: Level::Subscription,
            namespace: "Microsoft.Resources".into(),
            types: Vec::new(),
            names: Vec::new(),
            tail: None,
        };
        let mut rest = rest;
        if let [groups, name, after @ ..] = rest
            && groups.eq_ignore_ascii_case("resourceGroups")
        {
            target.group = Some((*name).to_owned());
            target.scope = format!("{}/resourceGroups/{name}", target.scope);
            target.level = Level::Group;
            rest = after;
        }
        while let [kind, after @ ..] = rest {
            rest = after;
            match after {
                [namespace, after @ ..] if kind.eq_ignore_ascii_case("providers") => {
                    if !target.types.is_empty() {
                        target.scope = target.id();
                        target.level = Level::Resource;
                        target.types.clear();
                        target.names.clear();
                    }
                    target.namespace = spelled(namespace);
                    rest = after;
                }
                [name, after @ ..] => {
                    target.types.push(spelled(kind));
                    target.names.push((*name).to_owned());
                    rest = after;
                }
                [] => target.tail = Some(spelled(kind)),
            }
        }
        Some(target)
    }

    /// `microsoft.compute/virtualmachines/*/start`; empty for a group or a subscription itself.
    pub fn pattern(&self) -> String {
        if self.types.is_empty() && self.tail.is_none() {
            return String::new();
        }
        let mut pattern = self.namespace.clone();
        for kind in &self.types {
            pattern.push_str(&format!("/{kind}/*"));
        }
        if let Some(tail) = &self.tail {
            pattern.push_str(&format!("/{tail}"));
        }
        pattern.to_ascii_lowercase()
    }

    /// Id of the resource, without the tail.
    pub fn id(&self) -> String {
        let mut id = self.scope.clone();
        if !self.types.is_empty() {
            id.push_str(&format!("/providers/{}", self.namespace));
        }
        for (kind, name) in self.types.iter().zip(&self.names) {
            id.push_str(&format!("/{kind}/{name}"));
        }
        id
    }

    pub fn key(&self) -> String {
        self.id().to_ascii_lowercase()
    }

    /// `Microsoft.Compute/virtualMachines/extensions`, the collection's type when there is a tail.
    pub fn kind(&self) -> String {
        let mut kind = self.namespace.clone();
        for part in self.types.iter().chain(&self.tail) {
            kind.push_str(&format!("/{part}"));
        }
        kind
    }

    pub fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    pub fn group_name(&self) -> &str {
        self.group.as_deref().unwrap_or_default()
    }

    pub fn group_id(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription, self.group_name())
    }

    pub fn group_key(&self) -> String {
        self.group_id().to_ascii_lowercase()
    }

    /// The resource that this one is a child of.
    pub fn parent(&self) -> Self {
        let upper = self.types.len().saturating_sub(1);
        Self { types: self.types[..upper].to_vec(), names: self.names[..upper].to_vec(), tail: None, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> (String, String, String) {
        let target = Target::parse(path).unwrap();
        (target.pattern(), target.id(), target.scope)
    }

    #[test]
    fn case_does_not_matter_and_ids_come_out_right() {
        let (pattern, id, _) =
            read("/SUBSCRIPTIONS/s/resourcegroups/RG/PROVIDERS/microsoft.compute/virtualmachines/VM1/Start");
        assert_eq!(pattern, "microsoft.compute/virtualmachines/*/start");
        assert_eq!(id, "/subscriptions/s/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/VM1");
    }

    #[test]
    fn extension_resources_have_a_scope() {
        let (pattern, id, scope) = read(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v/secrets/x/providers/Microsoft.Authorization/roleAssignments/1",
        );
        assert_eq!(pattern, "microsoft.authorization/roleassignments/*");
        assert_eq!(scope, "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v/secrets/x");
        assert!(id.ends_with("/secrets/x/providers/Microsoft.Authorization/roleAssignments/1"));
    }

    #[test]
    fn paths_without_a_provider_belong_to_resources() {
        assert_eq!(read("/subscriptions/s/resourcegroups/g").0, "");
        assert_eq!(read("/subscriptions/s/resourcegroups/g/resources").0, "microsoft.resources/resources");
        let (pattern, id, _) = read("/subscriptions/s/resourcegroups/g/deployments/d/operations");
        assert_eq!(pattern, "microsoft.resources/deployments/*/operations");
        assert_eq!(id, "/subscriptions/s/resourceGroups/g/providers/Microsoft.Resources/deployments/d");
        assert_eq!(Target::parse("/providers/Microsoft.Compute/operations"), None);
    }
}
