//! The hosts and limits of each sovereign cloud (azure.md §11; azure-cli-core `cloud.py`).

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
        format!("https://{name}.{}/", self.vault_suffix())
    }

    /// The domain of all vaults, which is the audience of their tokens, too.
    pub fn vault_suffix(self) -> &'static str {
        match self {
            Self::Public => "vault.azure.net",
            Self::UsGov => "vault.usgovcloudapi.net",
            Self::China => "vault.azure.cn",
        }
    }

    /// For azure_identity: set explicitly, since a stray `AZURE_AUTHORITY_HOST` is honoured otherwise.
    pub fn configuration(self) -> CloudConfiguration {
        match self {
            Self::Public => CloudConfiguration::AzurePublic,
            Self::UsGov => CloudConfiguration::AzureGovernment,
            Self::China => CloudConfiguration::AzureChina,
        }
    }

    /// Who signs people in, without a trailing slash.
    pub fn entra(self) -> &'static str {
        match self {
            Self::Public => "https://login.microsoftonline.com",
            Self::UsGov => "https://login.microsoftonline.us",
            Self::China => "https://login.chinacloudapi.cn",
        }
    }

    /// What a token for signing in over SSH is asked for (azure.md §6.2).
    pub fn ssh_scope(self) -> &'static str {
        match self {
            Self::Public => "https://pas.windows.net/CheckMyAccess/Linux/.default",
            Self::UsGov => "https://pasff.usgovcloudapi.net/CheckMyAccess/Linux/.default",
            Self::China => "https://pas.chinacloudapi.cn/CheckMyAccess/Linux/.default",
        }
    }

    /// What blob storage hosts end in, without a leading dot.
    pub fn blob_suffix(self) -> &'static str {
        match self {
            Self::Public => "blob.core.windows.net",
            Self::UsGov => "blob.core.usgovcloudapi.net",
            Self::China => "blob.core.chinacloudapi.cn",
        }
    }

    /// What the DNS name of a public address ends in: `<label>.<region>.<suffix>`.
    pub fn dns_suffix(self) -> &'static str {
        match self {
            Self::Public => "cloudapp.azure.com",
            Self::UsGov => "usgovcloudapp.net",
            Self::China => "chinacloudapp.cn",
        }
    }

    /// Role assignments that a subscription may hold.
    pub fn role_assignment_limit(self) -> usize {
        match self {
            Self::Public => 4000,
            Self::UsGov | Self::China => 2000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of azure.md §11, a column a cloud.
    #[test]
    fn every_cloud_has_its_own_hosts_and_limits() {
        let column = |e: Environment| {
            [
                e.name().to_owned(),
                e.arm().to_owned(),
                e.entra().to_owned(),
                e.graph().to_owned(),
                e.vault("v"),
                e.ssh_scope().to_owned(),
                e.blob_suffix().to_owned(),
                e.dns_suffix().to_owned(),
                e.role_assignment_limit().to_string(),
            ]
        };
        let public = [
            "public",
            "https://management.azure.com",
            "https://login.microsoftonline.com",
            "https://graph.microsoft.com",
            "https://v.vault.azure.net/",
            "https://pas.windows.net/CheckMyAccess/Linux/.default",
            "blob.core.windows.net",
            "cloudapp.azure.com",
            "4000",
        ];
        let usgov = [
            "usgov",
            "https://management.usgovcloudapi.net",
            "https://login.microsoftonline.us",
            "https://graph.microsoft.us",
            "https://v.vault.usgovcloudapi.net/",
            "https://pasff.usgovcloudapi.net/CheckMyAccess/Linux/.default",
            "blob.core.usgovcloudapi.net",
            "usgovcloudapp.net",
            "2000",
        ];
        let china = [
            "china",
            "https://management.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
            "https://microsoftgraph.chinacloudapi.cn",
            "https://v.vault.azure.cn/",
            "https://pas.chinacloudapi.cn/CheckMyAccess/Linux/.default",
            "blob.core.chinacloudapi.cn",
            "chinacloudapp.cn",
            "2000",
        ];
        for (cloud, expected) in
            [(Environment::Public, public), (Environment::UsGov, usgov), (Environment::China, china)]
        {
            assert_eq!(column(cloud), expected);
            assert_eq!(Environment::named(cloud.name()), Some(cloud));
        }
        assert_eq!(Environment::named("cloud.json"), None);
    }

    /// azure_identity signs in where this table says.
    #[test]
    fn the_sdk_knows_the_same_authorities() {
        assert!(matches!(Environment::Public.configuration(), CloudConfiguration::AzurePublic));
        assert!(matches!(Environment::UsGov.configuration(), CloudConfiguration::AzureGovernment));
        assert!(matches!(Environment::China.configuration(), CloudConfiguration::AzureChina));
    }
}
