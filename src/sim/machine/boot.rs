//! From power on to `ready`, through the stages that the shipped script declares.

use std::{sync::Arc, time::Duration};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Machine, chatter, disk, gateway, settings::Settings};
use crate::sim::{scenario::MachineScript, world::World};

const SECRETS_USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";
/// Between two tries at the vault, virtual.
const RETRY: Duration = Duration::from_secs(5);

/// What the scenario says of a machine.
pub fn script(machine: &Machine, world: &World) -> MachineScript {
    world.scenario.machines.get(&machine.spec.name).unwrap_or(&world.scenario.every_machine).clone()
}

/// Never returns while the machine is on: devices and the gateway's log live here too.
pub async fn boot(machine: &Arc<Machine>, world: &Arc<World>) {
    print_boot(machine);
    let settings = Settings::read(&machine.spec.custom_data);
    if settings.stages.is_empty() {
        machine.disk.append(disk::CONSOLE, "cloud-init: no claw bootstrap in the user data");
        return;
    }
    for stage in settings.stages.iter().filter(|s| *s != "ready") {
        if machine.run().done.contains(stage) {
            continue;
        }
        mark(machine, stage, "begin", "");
        if !run_stage(machine, world, stage, &settings).await {
            return;
        }
        mark(machine, stage, "done", "");
        machine.run().done.insert(stage.clone());
    }
    // On a later boot only the gateway has to come up.
    world.clock.sleep(world.scenario.timings.stage / 4).await;
    machine.disk.write(disk::TOKEN, new_token().into_bytes());
    gateway::start(machine, &settings, &script(machine, world));
    mark(machine, "ready", "done", "");
    gateway::live(machine, world, &script(machine, world)).await;
}

fn new_token() -> String {
    rand::random::<[u8; 32]>().iter().map(|b| format!("{b:02x}")).collect()
}

/// With the second's fraction dropped, as `date -u` prints it in the script.
fn mark(machine: &Machine, stage: &str, mark: &str, text: &str) {
    let now = OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default();
    let space = if text.is_empty() { "" } else { " " };
    machine.say(&format!("claw-stage {stage} {mark} {now}{space}{text}"));
}

/// The host key block comes at every boot, partly behind cloud-init's prefix, as Ubuntu prints it.
fn print_boot(machine: &Machine) {
    let key = machine.host_key.public_key().to_openssh().unwrap_or_default();
    let name = &machine.spec.name;
    for line in [
        "[    0.000000] Linux version 6.8.0-1017-azure (buildd@lcy02) (x86_64-linux-gnu-gcc-13)",
        "[    2.114032] systemd[1]: Detected virtualization microsoft.",
        &format!("[    2.230118] systemd[1]: Hostname set to <{name}>."),
        "[    9.412077] cloud-init[612]: Cloud-init v. 24.3.1-0ubuntu0~24.04.2 running 'modules:config'",
        "-----BEGIN SSH HOST KEY KEYS-----",
        &format!("{key} root@{name}"),
        "-----END SSH HOST KEY KEYS-----",
        "<14>Nov 21 09:00:12 cloud-init: Cloud-init v. 24.3.1-0ubuntu0~24.04.2 running 'modules:final'",
    ] {
        machine.disk.append(disk::CONSOLE, line);
    }
}

/// False when the stage failed and the boot stops here.
async fn run_stage(machine: &Machine, world: &World, stage: &str, settings: &Settings) -> bool {
    let script = script(machine, world);
    let rate = script.lines_per_second.unwrap_or(4.0).clamp(0.05, 1000.0);
    let takes = world.scenario.timings.stage;
    let lines = (takes.as_secs_f64() * rate).clamp(1.0, 400.0) as u32;
    for n in 0..lines {
        machine.say(&chatter::line(stage, n, settings));
        world.clock.sleep(takes / lines).await;
    }
    let fails = script.fail_stage.as_deref() == Some(stage) && !std::mem::replace(&mut machine.run().failed_once, true);
    if fails {
        mark(
            machine,
            stage,
            "failed",
            "exit 1: the embedded cloud was told to fail here; restart the machine to go on",
        );
        return false;
    }
    if stage == "vault" {
        await_vault(machine, world, settings).await;
    }
    true
}

/// Waits until both identities may read what they should; an absent own secret is fine.
async fn await_vault(machine: &Machine, world: &World, settings: &Settings) {
    let client = settings.value("CLAW_IDENTITY_CLIENT_ID");
    let fleet = machine.spec.user_identities.iter().find(|(c, _)| c == client).map(|(_, p)| p.clone());
    let shared = (fleet.unwrap_or_default(), settings.value("CLAW_SHARED_SECRET"), true);
    let own = (machine.spec.system_principal.clone(), settings.value("CLAW_MEMBER_SECRET"), false);
    for (principal, secret, needed) in [shared, own] {
        while let Some(why) = obstacle(world, settings.value("CLAW_VAULT"), secret, &principal, needed) {
            machine.say(&why);
            world.clock.sleep(RETRY).await;
        }
    }
}

fn obstacle(world: &World, vault: &str, secret: &str, principal: &str, needed: bool) -> Option<String> {
    let (present, scope) = {
        let state = world.state();
        let key = vault.to_ascii_lowercase();
        let present = state.secrets.get(&key).is_some_and(|s| s.contains_key(secret));
        let end = format!("/microsoft.keyvault/vaults/{key}");
        let id = state.resources.keys().find(|id| id.ends_with(&end)).cloned();
        (present, id.map(|id| format!("{id}/secrets/{secret}")))
    };
    match (present, scope) {
        (false, _) if !needed => None,
        (false, _) => Some(format!("vault {vault} has no secret {secret} yet: claw secrets push")),
        (true, Some(scope)) if world.allowed(principal, &[SECRETS_USER], &scope) => None,
        (true, _) => Some(format!("vault {vault}: access to {secret} not granted yet; next try in 5 s")),
    }
}
