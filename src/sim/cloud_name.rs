//! Which of Azure's clouds is embedded, and what its hosts are called (azure.md §11; Entra's own as MSAL knows them).

use serde::Deserialize;

/// `cloud = "usgov"` in a scenario; Azure's public cloud when absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CloudName {
    #[default]
    Public,
    UsGov,
    China,
}

/// Names without scheme, slash or leading dot, unless said otherwise.
#[derive(Debug)]
pub struct Hosts {
    pub arm: &'static str,
    /// What tokens for ARM may be made out to beside its URL; a URL.
    pub arm_audience: &'static str,
    /// All of them are Entra; the first is told to clients.
    pub entra: [&'static str; 2],
    /// Issues tokens of version 1.
    pub issuer: &'static str,
    /// What Entra's discovery calls this cloud.
    pub instance: &'static str,
    /// Where a device code is typed; a URL.
    pub device_login: &'static str,
    pub graph: &'static str,
    pub vault: &'static str,
    pub blob: &'static str,
    /// What DNS names of public addresses end in.
    pub dns: &'static str,
    /// The resource of a token for SSH; a URL.
    pub ssh: &'static str,
    pub role_assignments: usize,
    /// Where resources can be placed, as far as scenarios and examples name it: name and display name.
    pub regions: &'static [(&'static str, &'static str)],
}

const PUBLIC: Hosts = Hosts {
    arm: "management.azure.com",
    arm_audience: "https://management.core.windows.net",
    entra: ["login.microsoftonline.com", "login.windows.net"],
    issuer: "sts.windows.net",
    instance: "microsoftonline.com",
    device_login: "https://microsoft.com/devicelogin",
    graph: "graph.microsoft.com",
    vault: "vault.azure.net",
    blob: "blob.core.windows.net",
    dns: "cloudapp.azure.com",
    ssh: "https://pas.windows.net/CheckMyAccess/Linux",
    role_assignments: 4000,
    regions: &[("eastus2", "East US 2"), ("eastus", "East US"), ("westeurope", "West Europe"), ("westus", "West US")],
};

const US_GOV: Hosts = Hosts {
    arm: "management.usgovcloudapi.net",
    arm_audience: "https://management.core.usgovcloudapi.net",
    entra: ["login.microsoftonline.us", "login.usgovcloudapi.net"],
    issuer: "sts.windows.net",
    instance: "microsoftonline.us",
    device_login: "https://microsoft.com/deviceloginus",
    graph: "graph.microsoft.us",
    vault: "vault.usgovcloudapi.net",
    blob: "blob.core.usgovcloudapi.net",
    dns: "usgovcloudapp.net",
    ssh: "https://pasff.usgovcloudapi.net/CheckMyAccess/Linux",
    role_assignments: 2000,
    regions: &[("usgovvirginia", "USGov Virginia"), ("usgovarizona", "USGov Arizona"), ("usgovtexas", "USGov Texas")],
};

const CHINA: Hosts = Hosts {
    arm: "management.chinacloudapi.cn",
    arm_audience: "https://management.core.chinacloudapi.cn",
    entra: ["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
    issuer: "sts.chinacloudapi.cn",
    instance: "partner.microsoftonline.cn",
    device_login: "https://microsoft.com/deviceloginchina",
    graph: "microsoftgraph.chinacloudapi.cn",
    vault: "vault.azure.cn",
    blob: "blob.core.chinacloudapi.cn",
    dns: "chinacloudapp.cn",
    ssh: "https://pas.chinacloudapi.cn/CheckMyAccess/Linux",
    role_assignments: 2000,
    regions: &[("chinanorth3", "China North 3"), ("chinaeast2", "China East 2")],
};

impl CloudName {
    pub const ALL: [Self; 3] = [Self::Public, Self::UsGov, Self::China];

    /// As `cloud.json` says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::UsGov => "usgov",
            Self::China => "china",
        }
    }

    pub fn hosts(self) -> &'static Hosts {
        match self {
            Self::Public => &PUBLIC,
            Self::UsGov => &US_GOV,
            Self::China => &CHINA,
        }
    }
}

impl Hosts {
    /// Entra's page of a tenant, `https://login…/{tenant}`.
    pub fn authority(&self, tenant: &str) -> String {
        format!("https://{}/{tenant}", self.entra[0])
    }
}
