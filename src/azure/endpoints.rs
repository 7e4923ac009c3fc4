//! The hosts of each sovereign cloud (azure-cli-core `cloud.py`).

use azure_core::cloud::CloudConfiguration;

/// Which of Azure's clouds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    #[default]
    Public,
    UsGov,
    China,
}

impl Environment {
    /// What `--cloud` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::UsGov => "usgov",
            Self::China => "china",
        }
    }

    /// The other way round; `None` for what is no cloud's name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Public, Self::UsGov, Self::China].into_iter().find(|e| e.name() == name)
    }

    /// Azure Resource Manager, without a trailing slash.
    pub fn arm(self) -> &'static str {
        match self {
            Self::Public => "https://management.azure.com",
            Self::UsGov => "https://management.usgovcloudapi.net",
            Self::China => "https://management.chinacloudapi.cn",
        }
    }

    /// Microsoft Graph, without a trailing slash.
    pub fn graph(self) -> &'static str {
        match self {
            Self::Public => "https://graph.microsoft.com",
            Self::UsGov => "https://graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// The URL of a vault's data plane.
    pub fn vault(self, name: &str) -> String {
        let suffix = match self {
            Self::Public => "vault.azure.net",
            Self::UsGov => "vault.usgovcloudapi.net",
            Self::China => "vault.azure.cn",
        };
        format!("https://{name}.{suffix}/")
    }

    /// For azure_identity: set explicitly, since a stray `AZURE_AUTHORITY_HOST` is honoured otherwise.
    pub fn configuration(self) -> CloudConfiguration {
        match self {
            Self::Public => CloudConfiguration::AzurePublic,
            Self::UsGov => CloudConfiguration::AzureGovernment,
            Self::China => CloudConfiguration::AzureChina,
        }
    }
}
