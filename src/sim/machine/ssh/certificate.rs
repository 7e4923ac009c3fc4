//! Who gets in with an SSH certificate of the embedded Entra (azure.md §6.7).

use russh::keys::{Certificate, HashAlg, PublicKey};

use crate::sim::{entra, machine::hardware::Hardware};

/// Virtual Machine User Login, Virtual Machine Administrator Login.
const LOGIN: [&str; 2] = ["fb879df8-f326-4884-b1cf-06f3ad86be52", "1c0163c0-47e6-4577-8991-ea5c82e286e4"];
const OWNER_ID: &str = "oid@sshservice.azure.net";

pub enum Entry {
    LetIn,
    /// The certificate is not good for this login name.
    Refused,
    /// Its owner has no login role here, or none in effect yet.
    NoRole,
}

pub fn check(hardware: &Hardware, user: &str, certificate: &Certificate) -> Entry {
    let world = &hardware.world;
    let authority = entra::authority_line(world).and_then(|line| PublicKey::from_openssh(&line).ok());
    let is_good = authority.is_some_and(|key| certificate.validate(&[key.fingerprint(HashAlg::Sha256)]).is_ok());
    let is_theirs = certificate.valid_principals().iter().any(|principal| principal == user);
    let owner = certificate.extensions().get(OWNER_ID);
    match owner.filter(|_| is_good && is_theirs) {
        None => Entry::Refused,
        Some(owner) if world.allowed(owner, &LOGIN, &hardware.spec.vm_id) => Entry::LetIn,
        Some(_) => Entry::NoRole,
    }
}
