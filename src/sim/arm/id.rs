//! ARM resource ids, taken apart.

/// `/subscriptions/{s}/resourceGroups/{g}/providers/{namespace}/{type}/{name}[/{type}/{name}]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceId {
    pub subscription: String,
    pub group: String,
    pub namespace: String,
    pub types: Vec<String>,
    pub names: Vec<String>,
}

impl ResourceId {
    /// Reads a path; a last segment without its pair is handed back as the rest (a collection or an action).
    pub fn parse(path: &str) -> Option<(Self, Option<String>)> {
        let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
        let [subscriptions, subscription, groups, group, providers, namespace, rest @ ..] = segments.as_slice() else {
            return None;
        };
        let fits = subscriptions.eq_ignore_ascii_case("subscriptions")
            && groups.eq_ignore_ascii_case("resourceGroups")
            && providers.eq_ignore_ascii_case("providers");
        let mut id = Self {
            subscription: (*subscription).into(),
            group: (*group).into(),
            namespace: (*namespace).into(),
            types: Vec::new(),
            names: Vec::new(),
        };
        let pairs = rest.chunks_exact(2);
        let last = pairs.remainder().first().map(|s| (*s).to_owned());
        for pair in pairs {
            id.types.push(pair[0].into());
            id.names.push(pair[1].into());
        }
        fits.then_some((id, last))
    }

    pub fn group_id(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription, self.group)
    }

    /// `Microsoft.Compute/virtualMachines/extensions`.
    pub fn kind(&self) -> String {
        format!("{}/{}", self.namespace, self.types.join("/"))
    }

    pub fn lower_kind(&self) -> String {
        self.kind().to_ascii_lowercase()
    }

    pub fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// Lower-cased path of a collection: one type more than names.
    pub fn key_of_collection(&self) -> String {
        let last = self.types.last().map_or("", String::as_str);
        format!("{self}/{last}").to_ascii_lowercase()
    }

    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl std::fmt::Display for ResourceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/providers/{}", self.group_id(), self.namespace)?;
        for (kind, name) in self.types.iter().zip(&self.names) {
            write!(f, "/{kind}/{name}")?;
        }
        Ok(())
    }
}
