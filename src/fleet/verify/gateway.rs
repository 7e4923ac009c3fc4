//! The gateway: service, health, address, audits, versions. Answers recorded from OpenClaw 2026.9.6.

use serde_json::Value;

use super::{Finding, Heard, answers::Answers};

/// Nothing stands before a claw machine's gateway: people come through SSH.
const NO_PROXY: &str = "gateway.trusted_proxies_missing";
/// The audit's probe gets no scope when the token is a SecretRef; the gateway answered, and `health` asks it properly.
const PROBE: (&str, &str) = ("gateway.probe_failed", "missing scope");
/// First Node that OpenClaw 2026.9 runs on.
const NODE: [(u64, u64); 2] = [(24, 16), (26, 1)];

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// `systemctl --user show openclaw-gateway`.
pub fn service(answers: &Answers, name: &str) -> Finding {
    let check = "service";
    let answer = match answers.get(check, check) {
        Ok(answer) => answer,
        Err(finding) => return finding,
    };
    let property = |key: &str| answer.out.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let remedy = format!("claw logs {name} --source gateway, then claw restart {name}");
    match (property("ActiveState"), property("SubState")) {
        (Some("active"), _) => match property("NRestarts").and_then(|n| n.parse::<u64>().ok()) {
            Some(n) if n > 0 => {
                Finding::ok(check, format!("the gateway's service is active; systemd started it again {n} times"))
            }
            _ => Finding::ok(check, "the gateway's service is active"),
        },
        (Some(state), sub) => {
            let sentence = format!("the gateway's service is {state} ({})", sub.unwrap_or_default());
            Finding::bad(check, sentence, remedy)
        }
        (None, _) => Finding::unknown(check, "the machine's systemd does not answer for the gateway's user"),
    }
}

/// `openclaw health --json`.
pub fn health(answers: &Answers, name: &str) -> Finding {
    let check = "health";
    let value = match answers.json(check, check) {
        Ok(value) => value,
        Err(finding) => return finding,
    };
    let remedy = format!("claw restart {name}; claw logs {name} --source gateway says why");
    if value.get("ok").and_then(Value::as_bool) != Some(true) {
        let why = value.pointer("/error/message").and_then(Value::as_str).unwrap_or("it says nothing more");
        return Finding::bad(check, format!("the gateway is not healthy: {why}"), remedy);
    }
    let broken = value.pointer("/plugins/errors").and_then(Value::as_array).map_or(0, Vec::len);
    if broken > 0 {
        return Finding::warn(check, format!("the gateway answers, but {broken} plugins failed to load"), remedy);
    }
    Finding::ok(check, "the gateway is healthy")
}

/// `ss -Hltn`: every address on the gateway's port must be a loopback one.
pub fn listen(answers: &Answers) -> Finding {
    let check = "listen";
    let answer = match answers.get(check, check) {
        Ok(answer) if answer.code == 0 => answer,
        Ok(_) => return Finding::unknown(check, "what listens on the gateway's port can't be read"),
        Err(finding) => return finding,
    };
    let addresses: Vec<&str> = answer.out.lines().filter_map(|line| line.split_whitespace().nth(3)).collect();
    let is_local = |address: &&str| {
        let host = address.rsplit_once(':').map_or(*address, |(host, _)| host);
        let host = host.trim_matches(['[', ']']).split('%').next().unwrap_or_default();
        host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
    };
    let open: Vec<&str> = addresses.iter().copied().filter(|a| !is_local(a)).collect();
    if !open.is_empty() {
        let remedy =
            "set gateway.bind to \"loopback\" and restart the gateway; until then only the network rules guard it";
        return Finding::bad(check, format!("the gateway listens beyond loopback: {}", open.join(", ")), remedy);
    }
    match addresses.len() {
        0 => Finding::bad(check, "nothing listens on the gateway's port", "claw restart NAME"),
        _ => Finding::ok(check, "the gateway listens on loopback only"),
    }
}

/// `openclaw security audit --deep --json` always exits 0: its `summary` counts.
pub fn security(answers: &Answers) -> Finding {
    let check = "security";
    let value = match answers.json(check, check) {
        Ok(value) => value,
        Err(finding) => return finding,
    };
    let count = |level: &str| value.pointer(&format!("/summary/{level}")).and_then(Value::as_u64);
    let (Some(critical), Some(warn)) = (count("critical"), count("warn")) else {
        return Finding::unknown(check, "the security audit sent no summary");
    };
    let found: Vec<&Value> = value.get("findings").and_then(Value::as_array).into_iter().flatten().collect();
    let expected = |f: &&Value| {
        text(f, "checkId") == NO_PROXY || (text(f, "checkId") == PROBE.0 && text(f, "detail").contains(PROBE.1))
    };
    let of = |level: &str| -> Vec<&str> {
        let at_level = found.iter().copied().filter(|f| text(f, "severity") == level && !expected(f));
        at_level.map(|f| text(f, "title")).collect()
    };
    let remedy = "claw ssh NAME -- sudo -u openclaw -i openclaw security audit --deep";
    let accepted = found.iter().filter(|f| text(f, "severity") == "warn" && expected(f)).count() as u64;
    if critical > 0 {
        let sentence = format!("the security audit finds {critical} critical: {}", of("critical").join("; "));
        return Finding::bad(check, sentence, remedy);
    }
    match warn.saturating_sub(accepted) {
        0 => Finding::ok(check, "the security audit finds nothing that does not belong to a claw machine"),
        n => Finding::warn(check, format!("the security audit warns of {n}: {}", of("warn").join("; ")), remedy),
    }
}

/// `openclaw secrets audit --json --check`: exit 1 with findings is an answer too.
pub fn secrets(answers: &Answers) -> Finding {
    let check = "secrets";
    let value = match answers.json(check, check) {
        Ok(value) => value,
        Err(finding) => return finding,
    };
    let count = |name: &str| value.pointer(&format!("/summary/{name}")).and_then(Value::as_u64);
    let (Some(plain), Some(unresolved)) = (count("plaintextCount"), count("unresolvedRefCount")) else {
        return Finding::unknown(check, "the secrets audit sent no summary");
    };
    let found = value.get("findings").and_then(Value::as_array).map_or(0, Vec::len);
    let remedy = "claw ssh NAME -- sudo -u openclaw -i openclaw secrets audit";
    if plain > 0 {
        return Finding::bad(check, format!("the secrets audit finds {plain} secrets in plain text"), remedy);
    }
    if unresolved > 0 {
        let sentence = format!("{unresolved} secrets that the config refers to can't be resolved");
        return Finding::bad(check, sentence, "claw secrets push");
    }
    if value.pointer("/resolution/resolvabilityComplete").and_then(Value::as_bool) == Some(false) {
        return Finding::unknown(check, "the secrets audit could not resolve everything");
    }
    match found {
        0 => Finding::ok(check, "the secrets audit is clean"),
        n => Finding::warn(check, format!("the secrets audit finds {n} remains"), remedy),
    }
}

/// Names of the gateway's files that hold a managed value.
pub fn plaintext(answers: &Answers) -> Finding {
    let check = "plaintext";
    match answers.get(check, check) {
        Err(finding) => finding,
        Ok(answer) if answer.code != 0 => {
            Finding::unknown(check, "whether the vault's secrets lie in the gateway's files can't be told")
        }
        Ok(answer) if answer.out.is_empty() => Finding::ok(check, "no secret of the vault lies in the gateway's files"),
        Ok(answer) => {
            let files: Vec<&str> = answer.out.lines().take(5).collect();
            let sentence = format!("secrets of the vault lie in plain text in {}", files.join(", "));
            Finding::bad(check, sentence, "refer to them by SecretRef instead, remove the copies, rotate the secrets")
        }
    }
}

/// The OpenClaw that runs against the one the team wants, and a Node that it can run on.
pub fn versions(answers: &Answers, heard: &Heard<'_>) -> Finding {
    let check = "versions";
    let said = |name: &str| answers.get(name, check);
    let (openclaw, node) = match (said("openclaw"), said("node")) {
        (Ok(openclaw), Ok(node)) => (openclaw, node),
        (Err(finding), _) | (_, Err(finding)) => return finding,
    };
    let Some(version) = openclaw.out.split_whitespace().find(|w| w.starts_with(|c: char| c.is_ascii_digit())) else {
        return Finding::unknown(check, "the machine's OpenClaw names no version");
    };
    let mut numbers = node.out.trim_start_matches('v').split('.').map(|n| n.parse::<u64>().ok());
    let (Some(Some(major)), Some(Some(minor))) = (numbers.next(), numbers.next()) else {
        return Finding::unknown(check, "the machine's Node names no version");
    };
    if !NODE.iter().any(|(m, least)| (major == *m || *m == 26 && major > 26) && (minor >= *least || major > *m)) {
        let sentence = format!("Node {} is too old for OpenClaw", node.out);
        return Finding::bad(check, sentence, "24.16 or newer of 24, or 26.1 and newer, is needed");
    }
    if version != heard.version {
        let sentence = format!("OpenClaw {version} runs, the team wants {}", heard.version);
        return Finding::warn(check, sentence, format!("claw upgrade {}", heard.name));
    }
    Finding::ok(check, format!("OpenClaw {version} on Node {}", node.out))
}

/// `openclaw update status --json`.
pub fn update(answers: &Answers, name: &str) -> Finding {
    let check = "update";
    let value = match answers.json(check, check) {
        Ok(value) => value,
        Err(finding) => return finding,
    };
    let latest = value.pointer("/availability/latestVersion").and_then(Value::as_str);
    match value.pointer("/availability/available").and_then(Value::as_bool) {
        Some(true) => {
            let latest = latest.unwrap_or("newer");
            let remedy = format!("claw upgrade --to {latest} {name}, then name it in team.json");
            Finding::warn(check, format!("OpenClaw {latest} is available"), remedy)
        }
        // Without the registry's word it says `false` as well.
        Some(false) if value.pointer("/update/registry/latestVersion").and_then(Value::as_str).is_none() => {
            Finding::unknown(check, "whether a newer OpenClaw is available could not be learnt from its registry")
        }
        Some(false) => Finding::ok(check, "no newer OpenClaw is available"),
        None => Finding::unknown(check, "OpenClaw does not say whether a newer one is available"),
    }
}
