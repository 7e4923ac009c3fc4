//! Reads the file as a whole: blocks, operators, members.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    ConfigSettings, FleetSettings, NetworkSettings, Problem, Team, TeamError, TeamFile,
    block::{block, wrong},
    entry,
    place::{kind, line_of, line_of_field, nearest},
    policy,
};
use crate::fleet::{config::check_owned, json, member::Member, names::Slug, version};

const TOP: [&str; 6] = ["members", "fleet", "network", "operators", "idle", "config"];
const REMEDY: &str = r#"write at least {"members": [{"email": "alice@example.com"}]}"#;

/// Reads team.json. Entries with problems are left out of `team.members` and listed in `problems`:
/// an empty or duplicate e-mail, a name collision (both sides), an unknown field (nearest known one
/// named), a wrong type. Only a file that is no JSON object with a `members` list is an error.
pub fn parse(text: &str) -> Result<TeamFile, TeamError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let top: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(|e| syntax(text, &e))?;
    json::no_field_twice(text).map_err(|e| TeamError { remedy: "keep one of the two".into(), ..syntax(text, &e) })?;
    let mut problems = Vec::new();
    for (name, raw) in top.iter().filter(|(name, _)| !TOP.contains(&name.as_str())) {
        problems.push(Problem {
            line: line_of(text, raw),
            field: name.clone(),
            message: format!("`{name}` is no field of team.json"),
            remedy: policy::misplaced(name).unwrap_or_else(|| nearest(name, &TOP)),
            hides_a_member: false,
        });
    }
    let Some(members) = top.get("members") else {
        let remedy = top.keys().find(|k| nearest(k, &["members"]).starts_with("did you mean"));
        let remedy = remedy.map_or(REMEDY.to_owned(), |k| format!("rename `{k}` to `members`"));
        return Err(TeamError { line: 1, column: 1, message: "`members` is missing".into(), remedy });
    };
    let members: Vec<&RawValue> = serde_json::from_str(members.get()).map_err(|_| {
        let line = line_of(text, members);
        TeamError { line, column: 1, message: "`members` must be a list".into(), remedy: REMEDY.into() }
    })?;
    let entry::Entries { members, groups, mut left_out } = entry::entries(text, &members, &mut problems);
    let team = Team {
        fleet: fleet(text, &top)?,
        network: network(text, &top, &mut problems),
        idle: policy::idle(text, &top, &mut problems),
        config: config(text, &top, &mut problems),
        operators: operators(text, &top, &mut problems),
        members: distinct(members, &mut left_out, &mut problems),
        groups,
        left_out,
    };
    problems.sort_by_key(|p| p.line);
    Ok(TeamFile { team, problems })
}

/// The `fleet` block alone, in a fraction of the time that a whole team takes; `None` where there is anything wrong.
pub fn fleet_of(text: &str) -> Option<FleetSettings> {
    #[derive(Deserialize)]
    struct Top<'a> {
        #[serde(borrow)]
        fleet: Option<&'a RawValue>,
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let top: Top<'_> = serde_json::from_str(text).ok()?;
    let block = top.fleet.map(|raw| ("fleet".to_owned(), raw));
    fleet(text, &block.into_iter().collect()).ok()
}

/// Without it nobody knows where the fleet stands: a default in the place of what can't be read would be another fleet.
fn fleet(text: &str, top: &BTreeMap<String, &RawValue>) -> Result<FleetSettings, TeamError> {
    let mut problems = Vec::new();
    let fleet: FleetSettings = block(text, "fleet", top, &mut problems);
    // It goes to npm, as root, on every new machine.
    if !version::is_exact(&fleet.openclaw_version) {
        let path = ["fleet", "openclawVersion"];
        let message = format!("`{}` is no exact version", fleet.openclaw_version);
        problems.push(wrong(
            line_of_field(text, &path).unwrap_or(1),
            &path.join("."),
            &message,
            "write it like 2026.9.6",
        ));
    }
    match problems.into_iter().next() {
        None => Ok(fleet),
        Some(Problem { line, field, message, remedy, .. }) => {
            Err(TeamError { line, column: 1, message: format!("{field}: {message}"), remedy })
        }
    }
}

/// What operators own has to be a path, and none that a push must leave alone.
fn config(text: &str, top: &BTreeMap<String, &RawValue>, problems: &mut Vec<Problem>) -> ConfigSettings {
    let mut config: ConfigSettings = block(text, "config", top, problems);
    let line = line_of_field(text, &["config", "owned"]).unwrap_or(1);
    let wrong = |path: &String| Some((path.clone(), check_owned(path).err()?));
    problems.extend(config.owned.iter().filter_map(wrong).map(|(path, why)| Problem {
        line,
        field: "config.owned".into(),
        message: format!("`{path}` {why}"),
        remedy: "name paths like `tools` or `agents.list`".into(),
        hides_a_member: false,
    }));
    config.owned.retain(|path| check_owned(path).is_ok());
    config
}

fn syntax(text: &str, error: &serde_json::Error) -> TeamError {
    let (line, column) = (error.line().max(1), error.column().max(1));
    let trimmed = text.trim_start();
    let (message, remedy) = if trimmed.is_empty() {
        ("the file is empty".to_owned(), REMEDY.to_owned())
    } else if !trimmed.starts_with('{') {
        ("team.json must be an object, starting with `{`".to_owned(), REMEDY.to_owned())
    } else if text.lines().nth(line - 1).is_some_and(|l| l.contains("//") || l.trim_start().starts_with('#')) {
        ("JSON has no comments".to_owned(), "remove the comment".to_owned())
    } else {
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default().to_owned();
        if error.is_data() {
            return TeamError { line, column, message: what, remedy: REMEDY.to_owned() };
        }
        let trailing = after_a_comma(text, line, column);
        let what = if trailing { "trailing comma".to_owned() } else { what };
        let remedy = match what.as_str() {
            "trailing comma" => "remove the comma before the closing bracket",
            w if w.starts_with("EOF") => "close what is open: a quote, `]` or `}`",
            _ => "check the commas, quotes and brackets just before this place",
        };
        (format!("not valid JSON: {what}"), remedy.to_owned())
    };
    TeamError { line, column, message, remedy }
}

/// Whether the bracket at this place closes right after a comma; serde_json calls that "expected value".
fn after_a_comma(text: &str, line: usize, column: usize) -> bool {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let Some(before) = text.get(..start + column - 1) else { return false };
    before.trim_end().ends_with(',') && text[before.len()..].starts_with([']', '}'])
}

fn network(text: &str, top: &BTreeMap<String, &RawValue>, problems: &mut Vec<Problem>) -> NetworkSettings {
    let before = problems.len();
    let network: NetworkSettings = block(text, "network", top, problems);
    let line = top.get("network").map_or(1, |raw| line_of(text, raw));
    for (i, cidr) in network.ssh_from.iter().enumerate().filter(|(_, c)| !is_cidr(c)) {
        problems.push(Problem {
            line,
            field: format!("network.sshFrom[{i}]"),
            message: format!("`{cidr}` is no address range"),
            remedy: "write a CIDR such as 203.0.113.0/24 or 203.0.113.7/32".into(),
            hides_a_member: false,
        });
    }
    // A block whose name is misspelt was meant to narrow something, too.
    let is_meant = |name: &&String| nearest(name, &TOP) == nearest("network_", &TOP);
    let misspelt = top.keys().filter(|name| !TOP.contains(&name.as_str())).any(|name| is_meant(&name));
    if problems.len() > before || misspelt {
        // Fail closed: a range that can't be read opens nothing instead of everything.
        return NetworkSettings { ssh_from: vec!["255.255.255.255/32".into()], unreadable: true };
    }
    network
}

fn is_cidr(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
    match address.parse::<std::net::IpAddr>() {
        Ok(ip) => prefix.is_empty() || prefix.parse::<u8>().is_ok_and(|p| p <= if ip.is_ipv4() { 32 } else { 128 }),
        Err(_) => false,
    }
}

fn operators(text: &str, top: &BTreeMap<String, &RawValue>, problems: &mut Vec<Problem>) -> Vec<String> {
    let Some(raw) = top.get("operators") else { return Vec::new() };
    let line = line_of(text, raw);
    let list: Vec<Value> = match serde_json::from_str(raw.get()) {
        Ok(list) => list,
        Err(_) => {
            problems.push(wrong(line, "operators", "`operators` must be a list", r#"write ["olga@example.com"]"#));
            return Vec::new();
        }
    };
    let mut emails = Vec::new();
    for (i, value) in list.iter().enumerate() {
        match value.as_str().or_else(|| value.get("email").and_then(Value::as_str)).map(str::trim) {
            Some(email) if entry::looks_like_email(email) => emails.push(email.to_owned()),
            _ => problems.push(wrong(
                line,
                &format!("operators[{i}]"),
                &format!("an operator must be an e-mail address, not {}", kind(value)),
                r#"write "olga@example.com""#,
            )),
        }
    }
    emails
}

/// Leaves out every member that shares an e-mail or a slug with another; order never decides who stays.
fn distinct(members: Vec<Member>, left_out: &mut Vec<String>, problems: &mut Vec<Problem>) -> Vec<Member> {
    let mut by_email: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut by_slug: BTreeMap<Slug, Vec<usize>> = BTreeMap::new();
    for (i, member) in members.iter().enumerate() {
        by_email.entry(member.email.to_lowercase()).or_default().push(i);
        by_slug.entry(member.slug.clone()).or_default().push(i);
    }
    let mut bad = vec![false; members.len()];
    let lines = |who: &[usize]| {
        let mut lines: Vec<String> = who.iter().map(|&i| members[i].line.to_string()).collect();
        lines.dedup();
        match &lines[..] {
            [one] => format!("twice in line {one}"),
            many => format!("in lines {}", many.join(" and ")),
        }
    };
    for (email, who) in by_email.iter().filter(|(_, who)| who.len() > 1) {
        for &i in who {
            bad[i] = true;
            problems.push(Problem {
                hides_a_member: true,
                ..wrong(members[i].line, "email", &format!("{email} stands {}", lines(who)), "keep one of them")
            });
        }
    }
    for (slug, who) in by_slug.iter().filter(|(_, who)| who.len() > 1) {
        for &i in who.iter().filter(|&&i| !bad[i]).collect::<Vec<_>>() {
            bad[i] = true;
            let message = format!("the members {} would get the same machine `claw-{slug}`", lines(who));
            problems.push(Problem {
                hides_a_member: true,
                ..wrong(members[i].line, "name", &message, "give each a different `name`")
            });
        }
    }
    let (bad, good): (Vec<_>, Vec<_>) = members.into_iter().zip(bad).partition(|(_, bad)| *bad);
    left_out.extend(bad.into_iter().map(|(m, _)| m.email));
    good.into_iter().map(|(m, _)| m).collect()
}

/// Offset of a JSON error, for tests of placement.
#[cfg(test)]
pub(super) fn offset_of(text: &str, needle: &str) -> (usize, usize) {
    super::place::of_offset(text, text.find(needle).unwrap_or(text.len()))
}
