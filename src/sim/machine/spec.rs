//! What the cloud knows of a VM when it makes its machine.

#[derive(Clone, Debug)]
pub struct MachineSpec {
    /// Lower-cased VM id.
    pub vm_id: String,
    /// VM name and host name.
    pub name: String,
    pub admin_user: String,
    /// OpenSSH public keys of the admin user.
    pub authorized_keys: Vec<String>,
    /// Decoded customData: the cloud-init with the bootstrap script in it.
    pub custom_data: Vec<u8>,
    /// Object ids of its identities: system-assigned first, then user-assigned (with their client ids).
    pub system_principal: String,
    /// client id → principal id.
    pub user_identities: Vec<(String, String)>,
}
