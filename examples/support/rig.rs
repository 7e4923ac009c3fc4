//! Real sshd as `sshfleet.sh` starts them, with `claw-cert.pub` beside its keys as `bench/*.py` make it.

use std::{fs, path::Path};

use claw::{
    fleet::instance::Door,
    remote::{CertificateSettings, Remote, RemoteSettings, Target},
};

pub struct Rig {
    pub remote: Remote,
    pub targets: Vec<Target>,
    /// The keys, as claw finds them.
    _private: tempfile::TempDir,
}

impl Rig {
    pub fn at(folder: &Path) -> Self {
        let host_key = fs::read_to_string(folder.join("host.pub")).unwrap();
        let target = |host: &str| Target {
            machine: host.to_owned(),
            door: Door::Ssh { address: format!("{host}:2200"), host_key: Some(host_key.clone()) },
            user: "clawrig".into(),
        };
        let targets = fs::read_to_string(folder.join("hosts")).unwrap().split_whitespace().map(target).collect();
        let private = tempfile::tempdir().unwrap();
        for (from, to) in [("user", "id_rsa"), ("user.pub", "id_rsa.pub"), ("claw-cert.pub", "id_rsa-cert.pub")] {
            fs::copy(folder.join(from), private.path().join(to)).unwrap();
        }
        let certificate = CertificateSettings { command: vec!["false".into()], folder: private.path().to_owned() };
        let remote = Remote::new(RemoteSettings { certificate: Some(certificate), ..RemoteSettings::default() });
        Self { remote, targets, _private: private }
    }
}
