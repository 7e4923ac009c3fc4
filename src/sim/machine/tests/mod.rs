//! Machines over their real protocols, on streams in memory.

mod boot;
mod gateway;
mod ssh;

use std::sync::{Arc, Mutex};

use base64::{Engine, engine::general_purpose::STANDARD};
use russh::{
    ChannelMsg, client,
    keys::{PrivateKey, PrivateKeyWithHashAlg, ssh_key::private::Ed25519Keypair},
};

use super::{Machine, MachineSpec};
use crate::sim::{
    clock::Clock,
    world::{Resource, RoleAssignment, State, StoredSecret, World},
};

const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/KV";
const NO_TIME: &str = "[timings]\nstage = \"0s\"\n";

struct Rig {
    world: Arc<World>,
    machine: Arc<Machine>,
    key: PrivateKey,
}

fn new_key() -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&rand::random()))
}

/// A machine, switched off, whose vault it may not read yet.
fn rig(scenario: &str) -> Rig {
    let scenario = toml::from_str(scenario).unwrap();
    let world = Arc::new(World {
        place: crate::sim::world::Place::default(),
        scenario,
        clock: Clock::new(1000.0, &[]),
        chaos: crate::sim::chaos::Chaos::default(),
        state: Mutex::new(State::default()),
    });
    let key = new_key();
    let config = STANDARD.encode(r#"{"agents":{"defaults":{"model":"m"}}}"#);
    let settings = format!(
        "CLAW_VAULT='kv'\nCLAW_IDENTITY_CLIENT_ID='fleet-client'\nCLAW_MEMBER_SECRET='openclaw-alice'\n\
         CLAW_SHARED_SECRET='openclaw-shared'\nCLAW_CONFIG_BASE64='{config}'\n"
    );
    let script = include_str!("../../../../assets/bootstrap/bootstrap.sh");
    let custom_data = include_str!("../../../../assets/bootstrap/cloud-init.yaml").replace(
        "@@FILES@@",
        &[script, &settings].map(|file| format!("    content: {}", STANDARD.encode(file))).join("\n"),
    );
    let spec = MachineSpec {
        vm_id: "/vm/claw-alice".into(),
        name: "claw-alice".into(),
        admin_user: "clawadmin".into(),
        authorized_keys: vec![key.public_key().to_openssh().unwrap()],
        custom_data: custom_data.into_bytes(),
        system_principal: "own".into(),
        user_identities: vec![("fleet-client".into(), "fleet".into())],
    };
    world.state().resources.insert(
        VAULT.to_ascii_lowercase(),
        Resource { id: VAULT.into(), kind: "microsoft.keyvault/vaults".into(), body: serde_json::Value::Null },
    );
    put_secret(&world, "openclaw-shared");
    Rig { machine: Machine::new(&world, spec), world, key }
}

fn put_secret(world: &World, name: &str) {
    let now = time::OffsetDateTime::now_utc();
    let secret = StoredSecret { value: "TOP-SECRET-VALUE".into(), version: "0".repeat(32), created: now, updated: now };
    world.state().secrets.entry("kv".into()).or_default().insert(name.into(), secret);
}

fn grant(world: &World, principal: &str) {
    world.state().assignments.push(RoleAssignment {
        id: format!("a-{principal}"),
        scope: VAULT.to_ascii_lowercase(),
        principal: principal.into(),
        principal_type: "ServicePrincipal".into(),
        role: "4633458b-17de-408a-b874-0445c86b69e6".into(),
        effective_at: time::OffsetDateTime::UNIX_EPOCH,
    });
}

/// A machine that is on and ready.
async fn ready(scenario: &str) -> Rig {
    let rig = rig(scenario);
    grant(&rig.world, "fleet");
    rig.machine.power_on();
    rig.says("claw-stage ready done").await;
    rig
}

struct Trusting;

impl client::Handler for Trusting {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &russh::keys::PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

type Client = client::Handle<Trusting>;

impl Rig {
    /// Waits until the console shows it; a test that never ends has failed.
    async fn says(&self, text: &str) {
        self.says_times(text, 1).await;
    }

    async fn says_times(&self, text: &str, times: usize) {
        let mut changes = self.machine.hardware.disk.changes();
        while self.machine.console().matches(text).count() < times {
            // A line is in the log before it is on the console.
            tokio::select! {
                changed = changes.changed() => changed.unwrap(),
                () = tokio::time::sleep(std::time::Duration::from_millis(2)) => {}
            }
        }
    }

    async fn knock(&self, user: &str, key: &PrivateKey) -> (Client, bool) {
        let (near, far) = tokio::io::duplex(65536);
        let machine = Arc::clone(&self.machine);
        tokio::spawn(async move { machine.serve(far, None).await });
        let mut client = client::connect_stream(Arc::default(), near, Trusting).await.unwrap();
        let key = PrivateKeyWithHashAlg::new(Arc::new(key.clone()), None);
        let accepted = client.authenticate_publickey(user, key).await.unwrap().success();
        (client, accepted)
    }

    async fn login(&self) -> Client {
        let (client, accepted) = self.knock("clawadmin", &self.key).await;
        assert!(accepted);
        client
    }
}

/// Standard output, standard error, status.
async fn exec(client: &Client, command: &str) -> (String, String, u32) {
    let mut channel = client.channel_open_session().await.unwrap();
    channel.exec(true, command).await.unwrap();
    let (mut out, mut err, mut code) = (Vec::new(), Vec::new(), None);
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => out.extend_from_slice(&data),
            ChannelMsg::ExtendedData { data, .. } => err.extend_from_slice(&data),
            ChannelMsg::ExitStatus { exit_status } => code = Some(exit_status),
            ChannelMsg::Eof => assert!(code.is_some(), "the status comes before the end"),
            _ => {}
        }
    }
    (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap(), code.unwrap())
}
