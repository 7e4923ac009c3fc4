//! A boot: the console's first lines and the host keys, the bootstrap where it left off, then the gateway.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use time::{OffsetDateTime, macros::format_description};

use super::{
    chatter,
    disk::{GATEWAY_USER, SETUP_LOG, TOKEN},
    hardware::Hardware,
    secrets,
};
use crate::sim::scenario::PairingScript;

/// Lines a second when the scenario says nothing.
const LINES_PER_SECOND: f64 = 2.0;
/// From power on to `ready` when everything was done before.
const REBOOT: Duration = Duration::from_secs(3);
/// Between looks into the vault.
const VAULT_RETRY: Duration = Duration::from_secs(5);
/// A device asks again this often, in real time: clients judge a request's age by their own clock.
const DEVICE_RETRY: Duration = Duration::from_secs(120);

/// Runs as long as the machine is on; whoever runs it drops it at power off.
pub async fn run(hardware: &Hardware, gateway_up: &AtomicBool) {
    print_boot(hardware);
    if bootstrap(hardware).await {
        gateway_up.store(true, Ordering::Release);
        mark(hardware, "ready", "done", "");
        serve_devices(hardware).await;
    }
    std::future::pending().await
}

fn print_boot(hardware: &Hardware) {
    let name = &hardware.spec.name;
    let console = &hardware.console;
    console.line("[    0.000000] Linux version 6.14.0-1012-azure (buildd@lcy02-amd64) #12~24.04.1-Ubuntu SMP");
    console.line("[    0.000000] Command line: BOOT_IMAGE=/vmlinuz root=PARTUUID=c2a ro console=tty1 console=ttyS0");
    console.line("[    1.482107] systemd[1]: Detected virtualization microsoft.");
    console.line(&format!("[    1.493310] systemd[1]: Hostname set to <{name}>."));
    console.line("[    6.021884] cloud-init[612]: Cloud-init v. 25.2-0ubuntu1~24.04.1 running 'init'");
    let (fingerprint, key) = host_key(hardware);
    for line in ["-----BEGIN SSH HOST KEY FINGERPRINTS-----", &fingerprint, "-----END SSH HOST KEY FINGERPRINTS-----"] {
        console.line(&format!("{}{line}", prefix(name)));
    }
    for line in ["-----BEGIN SSH HOST KEY KEYS-----", &key, "-----END SSH HOST KEY KEYS-----"] {
        console.line(line);
    }
    console.line(&format!("Ubuntu 24.04.3 LTS {name} ttyS0"));
}

fn host_key(hardware: &Hardware) -> (String, String) {
    let public = hardware.host_key.public_key();
    let fingerprint = public.fingerprint(russh::keys::ssh_key::HashAlg::Sha256);
    let shown = format!("256 {fingerprint} root@{} (ED25519)", hardware.spec.name);
    (shown, public.to_openssh().unwrap_or_default())
}

/// What cloud-init's copy of a line on the console starts with.
fn prefix(name: &str) -> String {
    let format = format_description!("[month repr:short] [day padding:space] [hour]:[minute]:[second]");
    let at = OffsetDateTime::now_utc().format(format).unwrap_or_default();
    format!("<14>{at} {name} cloud-init: ")
}

/// Says a line on the console and in the log.
fn say(hardware: &Hardware, line: &str) {
    hardware.disk.log(SETUP_LOG, "root", 0o644, line);
    hardware.console.line(line);
}

fn mark(hardware: &Hardware, stage: &str, mark: &str, text: &str) {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let at = OffsetDateTime::now_utc().format(format).unwrap_or_default();
    say(hardware, &format!("claw-stage {stage} {mark} {at}{text}"));
}

/// True when every stage is done.
async fn bootstrap(hardware: &Hardware) -> bool {
    let clock = &hardware.world.clock;
    let stages = &hardware.custom_data.stages;
    if stages.is_empty() {
        return false;
    }
    let was_ready = hardware.progress().was_ready;
    if was_ready {
        // Secrets are on tmpfs and fetched anew at every boot.
        while let Err(reason) = secrets::fetch(hardware) {
            say(hardware, &reason);
            clock.sleep(VAULT_RETRY).await;
        }
        new_token(hardware);
        clock.sleep(REBOOT).await;
    }
    for stage in stages.iter().filter(|stage| *stage != "ready") {
        let done = hardware.progress().done.contains(stage);
        if done {
            if stage == "vault" && !was_ready {
                new_token(hardware);
            }
            say(hardware, &format!("stage {stage} was done before"));
            continue;
        }
        mark(hardware, stage, "begin", "");
        if !work(hardware, stage).await {
            return false;
        }
        hardware.progress().done.push(stage.clone());
        mark(hardware, stage, "done", "");
    }
    hardware.gateway.log("[gateway] listening on ws://127.0.0.1:18789");
    if !was_ready {
        if let Some(ago) = hardware.script.last_interaction {
            hardware.gateway.talked(ago);
        }
        hardware.progress().was_ready = true;
    }
    true
}

/// One stage; false when it failed.
async fn work(hardware: &Hardware, stage: &str) -> bool {
    let clock = &hardware.world.clock;
    let takes = hardware.world.scenario.timings.stage;
    let rate = hardware.script.lines_per_second.filter(|r| r.is_finite() && *r >= 0.0).unwrap_or(LINES_PER_SECOND);
    // A scenario may ask for more than a log can hold.
    let lines = ((takes.as_secs_f64() * rate) as usize).min(10_000);
    let pause = takes.div_f64((lines + 1) as f64);
    for n in 0..lines {
        clock.sleep(pause).await;
        say(hardware, &chatter::line(stage, n));
    }
    clock.sleep(pause).await;
    let fails = hardware.script.fail_stage.as_deref() == Some(stage);
    if fails && !std::mem::replace(&mut hardware.progress().failed_once, true) {
        mark(
            hardware,
            stage,
            "failed",
            " exit 1: see the lines above; systemctl restart claw-bootstrap goes on from here",
        );
        return false;
    }
    if stage == "vault" {
        while let Err(reason) = secrets::fetch(hardware) {
            say(hardware, &reason);
            say(hardware, &format!("next try in {} s", VAULT_RETRY.as_secs()));
            clock.sleep(VAULT_RETRY).await;
        }
        new_token(hardware);
    }
    true
}

fn new_token(hardware: &Hardware) {
    let token: String = rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect();
    hardware.disk.put(TOKEN, GATEWAY_USER, 0o400, token.as_bytes());
    let fetched = secrets::versions(hardware);
    hardware.progress().secrets = fetched;
}

/// The scenario's devices ask for pairing, and again until somebody decides.
async fn serve_devices(hardware: &Hardware) {
    let devices = hardware.script.pairings.iter().map(|script| device(hardware, script));
    let people = hardware.script.channels.iter().map(|script| async {
        hardware.world.clock.sleep(script.after).await;
        hardware.gateway.write_to(script);
    });
    tokio::join!(futures::future::join_all(devices), futures::future::join_all(people));
}

async fn device(hardware: &Hardware, script: &PairingScript) {
    use sha2::{Digest, Sha256};
    let id = Sha256::digest(format!("{}|{}", hardware.spec.vm_id, script.device));
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    hardware.world.clock.sleep(script.after).await;
    while hardware.gateway.ask(script, &id) {
        tokio::time::sleep(DEVICE_RETRY).await;
    }
}
