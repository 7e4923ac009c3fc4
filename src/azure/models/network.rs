//! Microsoft.Network, 2024-01-01.

use serde::Deserialize;

use super::resource::Reference;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkInterface {
    pub id: Option<String>,
    pub properties: Option<NetworkInterfaceProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkInterfaceProperties {
    pub ip_configurations: Option<Vec<IpConfiguration>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IpConfiguration {
    pub properties: Option<IpConfigurationProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IpConfigurationProperties {
    #[serde(rename = "publicIPAddress")]
    pub public_ip_address: Option<Reference>,
    #[serde(rename = "privateIPAddress")]
    pub private_ip_address: Option<String>,
}

impl NetworkInterface {
    /// Id of the first public address of the interface.
    pub fn public_ip_id(&self) -> Option<&str> {
        let configurations = self.properties.as_ref()?.ip_configurations.as_ref()?;
        configurations.iter().find_map(|c| c.properties.as_ref()?.public_ip_address.as_ref()?.id.as_deref())
    }
}

impl NetworkInterface {
    /// The first private address of the interface.
    pub fn private_address(&self) -> Option<&str> {
        let configurations = self.properties.as_ref()?.ip_configurations.as_ref()?;
        configurations.iter().find_map(|c| c.properties.as_ref()?.private_ip_address.as_deref())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PublicIpAddress {
    pub id: Option<String>,
    pub properties: Option<PublicIpAddressProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PublicIpAddressProperties {
    pub ip_address: Option<String>,
    pub dns_settings: Option<DnsSettings>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DnsSettings {
    pub fqdn: Option<String>,
}

impl PublicIpAddress {
    /// The whole name, e.g. `claw-alice-0123abcd.eastus2.cloudapp.azure.com`.
    pub fn dns_name(&self) -> Option<&str> {
        self.properties.as_ref()?.dns_settings.as_ref()?.fqdn.as_deref()
    }

    pub fn address(&self) -> Option<&str> {
        self.properties.as_ref()?.ip_address.as_deref()
    }
}
