use std::sync::Arc;

use super::{
    Machine, MachineSpec,
    disk::{self, Disk},
    exec::{self, Outcome},
    settings::Settings,
    words,
};
use crate::sim::world::World;

fn machine() -> (Arc<World>, Arc<Machine>) {
    let world = Arc::new(World {
        scenario: Default::default(),
        clock: crate::sim::clock::Clock::new(1.0),
        state: Default::default(),
    });
    let spec = MachineSpec {
        vm_id: "vm".into(),
        name: "claw-alice".into(),
        admin_user: "clawadmin".into(),
        authorized_keys: Vec::new(),
        custom_data: Vec::new(),
        system_principal: String::new(),
        user_identities: Vec::new(),
    };
    let machine = Machine::new(&world, spec);
    machine.disk.write(disk::TOKEN, b"t0ken".to_vec());
    machine.disk.append(disk::BOOTSTRAP_LOG, "one");
    (world, machine)
}

fn run(line: &str) -> (u32, String) {
    let (_world, machine) = machine();
    match exec::run(&machine, line) {
        Outcome::Done { code, stdout, stderr } => (code, String::from_utf8(stdout).unwrap() + &stderr),
        Outcome::Follow { path, offset } => (0, format!("{path}@{offset}")),
    }
}

#[test]
fn the_commands_of_the_contract_answer() {
    for (line, code, says) in [
        ("tail -c +4 -F -- /var/log/openclaw-setup.log", 0, "/var/log/openclaw-setup.log@3"),
        ("stat -c %s -- /var/log/openclaw-setup.log", 0, "4\n"),
        ("sudo -n -u openclaw cat /run/openclaw/secrets/gateway-token", 0, "t0ken"),
        ("cat /run/openclaw/secrets/gateway-token", 1, "Permission denied"),
        ("tail -c +1 -F -- /run/openclaw/secrets/gateway-token", 1, "Permission denied"),
        ("stat -c %s -- /nowhere", 1, "No such file"),
        ("who", 0, ""),
        ("uptime", 0, "load average"),
        ("exit 7", 7, ""),
        ("rm -rf /", 127, "command not found"),
    ] {
        let (got, text) = run(line);
        assert_eq!(got, code, "{line}: {text}");
        assert!(text.contains(says), "{line}: {text}");
    }
}

#[test]
fn words_are_taken_apart_as_sh_does() {
    assert_eq!(words::split(r#"cat 'a b' "c d" e\ f '' x"#), ["cat", "a b", "c d", "e f", "", "x"]);
    assert!(words::split("  ").is_empty());
}

#[test]
fn the_console_forgets_its_oldest_lines_and_never_half_a_line() {
    let disk = Disk::default();
    for n in 0..40_000 {
        disk.append(disk::CONSOLE, &format!("line {n} of many, so that the megabyte is soon full"));
    }
    let text = disk.text(disk::CONSOLE);
    assert!(text.len() <= 1 << 20 && text.starts_with("line ") && text.ends_with("full\n"));
}

#[test]
fn the_shipped_bootstrap_is_understood() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let script = STANDARD.encode(include_str!("../../../assets/bootstrap/bootstrap.sh"));
    let values = STANDARD.encode("CLAW_VAULT='v'\nCLAW_MEMBER_LOGIN='o'\\''neil'\n");
    let yaml = include_str!("../../../assets/bootstrap/cloud-init.yaml");
    let yaml = yaml.replace("@@SCRIPT_BASE64@@", &script).replace("@@SETTINGS_BASE64@@", &values);
    let settings = Settings::read(yaml.as_bytes());
    assert_eq!(settings.stages, ["packages", "node", "identity", "vault", "openclaw", "config", "service", "ready"]);
    assert_eq!((settings.value("CLAW_VAULT"), settings.value("CLAW_MEMBER_LOGIN")), ("v", "o'neil"));
}
