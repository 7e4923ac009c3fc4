use super::{NO_TIME, exec, grant, put_secret, ready, rig};

#[tokio::test]
async fn the_bootstrap_goes_through_its_stages_on_console_and_log() {
    let rig = ready("[timings]\nstage = \"10s\"\n[every_machine]\nlines_per_second = 1.0\n").await;
    let (log, ..) = exec(&rig.login().await, "cat /var/log/openclaw-setup.log").await;
    let marks: Vec<String> = log
        .lines()
        .filter_map(|l| l.strip_prefix("claw-stage "))
        .map(|l| l.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let mut wanted: Vec<String> = ["packages", "node", "identity", "vault", "openclaw", "config", "service"]
        .iter()
        .flat_map(|s| [format!("{s} begin"), format!("{s} done")])
        .collect();
    wanted.push("ready done".into());
    assert_eq!(marks, wanted);
    assert_eq!(log.lines().count(), 15 + 7 * 10);
    let console = rig.machine.console();
    assert!(console.contains("-----BEGIN SSH HOST KEY KEYS-----\r\nssh-ed25519 ") && console.contains("<14>"));
    assert!(console.replace("\r\n", "\n").contains(log.lines().last().unwrap()));
}

#[tokio::test]
async fn the_console_only_grows_and_has_colours() {
    let rig = ready("[timings]\nstage = \"10s\"\n[every_machine]\nlines_per_second = 1.0\n").await;
    let first = rig.machine.console();
    assert!(first.contains("\u{1b}[32m"), "npm's colours are left in");
    rig.machine.power_off();
    rig.machine.power_on();
    rig.says_times("-----BEGIN SSH HOST KEY KEYS-----", 2).await;
    let second = rig.machine.console();
    assert!(second.starts_with(&first) && second.len() > first.len());
}

#[tokio::test]
async fn a_missing_role_is_told_and_heals_and_no_value_is_shown() {
    let rig = rig(NO_TIME);
    rig.machine.power_on();
    rig.says("vault kv: access not granted yet").await;
    put_secret(&rig.world, "openclaw-alice");
    grant(&rig.world, "fleet");
    // Its own secret is there now, and needs its own identity.
    let before = rig.machine.console().matches("access not granted yet").count();
    rig.says_times("access not granted yet", before + 2).await;
    assert!(!rig.machine.console().contains("claw-stage vault done"));
    grant(&rig.world, "own");
    rig.says("claw-stage ready done").await;
    assert!(!rig.machine.console().contains("TOP-SECRET-VALUE"));
}

#[tokio::test]
async fn a_missing_shared_secret_is_told() {
    let rig = rig(NO_TIME);
    rig.world.state().secrets.clear();
    grant(&rig.world, "fleet");
    rig.machine.power_on();
    rig.says("vault kv has no secret openclaw-shared yet: claw secrets push").await;
    put_secret(&rig.world, "openclaw-shared");
    rig.says("claw-stage ready done").await;
}

#[tokio::test]
async fn a_power_cycle_keeps_disk_and_keys_and_is_ready_again() {
    let rig = ready(NO_TIME).await;
    let client = rig.login().await;
    let (token, ..) = exec(&client, "sudo -n -u openclaw cat /run/openclaw/secrets/gateway-token").await;
    rig.machine.power_off();
    while !client.is_closed() {
        tokio::task::yield_now().await;
    }
    rig.machine.power_on();
    rig.machine.power_on();
    rig.says_times("claw-stage ready done", 2).await;
    let console = rig.machine.console();
    let keys: Vec<&str> = console.lines().filter(|l| l.starts_with("ssh-ed25519 ")).collect();
    assert_eq!((keys.len(), keys[0]), (2, keys[1]));
    assert_eq!(console.matches("claw-stage packages begin").count(), 1);
    let client = rig.login().await;
    let (fresh, ..) = exec(&client, "sudo -n -u openclaw cat /run/openclaw/secrets/gateway-token").await;
    assert_ne!(fresh, token, "tmpfs forgets");
    let (log, ..) = exec(&client, "cat -- /var/log/openclaw-setup.log").await;
    assert_eq!(log.matches("claw-stage ready done").count(), 2);
}

#[tokio::test]
async fn a_stage_fails_once_and_the_next_boot_goes_on() {
    let rig = rig(&format!("{NO_TIME}[machines.claw-alice]\nfail_stage = \"node\"\n"));
    grant(&rig.world, "fleet");
    rig.machine.power_on();
    rig.says("claw-stage node failed").await;
    rig.machine.power_off();
    rig.machine.power_on();
    rig.says("claw-stage ready done").await;
    let console = rig.machine.console();
    assert_eq!(console.matches("claw-stage packages begin").count(), 1);
    assert_eq!(console.matches("claw-stage node begin").count(), 2);
}

#[tokio::test]
async fn the_end_of_the_cloud_switches_it_off() {
    let rig = ready(NO_TIME).await;
    let client = rig.login().await;
    rig.world.state().stop.cancel();
    while !client.is_closed() {
        tokio::task::yield_now().await;
    }
}
