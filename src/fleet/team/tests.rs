use super::{read::offset_of, *};
use proptest::prelude::*;
use serde_json::json;

fn problems(text: &str) -> Vec<(usize, String, String, String)> {
    let file = parse(text).unwrap();
    file.problems.into_iter().map(|p| (p.line, p.field, p.message, p.remedy)).collect()
}

fn slugs(file: &TeamFile) -> Vec<&str> {
    file.team.members.iter().map(|m| m.slug.as_str()).collect()
}

#[test]
fn the_plain_form_works_as_it_is() {
    let file = parse(r#"{"members":[{"email":"Alice.B@example.com"},{"email":"bob@example.com"}]}"#).unwrap();
    assert_eq!(slugs(&file), ["alice-b", "bob"]);
    assert_eq!(file.team.fleet, FleetSettings::default());
    assert!(file.problems.is_empty());
}

#[test]
fn the_example_is_right() {
    let file = parse(include_str!("../../../team.example.json")).unwrap();
    assert_eq!(file.problems, []);
    assert_eq!(slugs(&file), ["alice", "bob", "chandra", "dana", "erin"]);
    assert_eq!(file.team.operators, ["olga@example.com"]);
}

#[test]
fn every_wrong_entry_is_named_and_the_others_go_on() {
    let text = "{\"members\":[\n{\"email\":\"\"},\n{\"email\":\"a@x.org\"},\n{\"emial\":\"b@x.org\"},\n{\"email\":7},\n\"c\",\n{\"email\":\"d@x.org\",\"vmSize\":\"B2; rm\"}]}";
    let found = problems(text);
    let lines: Vec<usize> = found.iter().map(|p| p.0).collect();
    assert_eq!(lines, [2, 4, 5, 6, 7], "{found:?}");
    assert_eq!((found[1].1.as_str(), found[1].3.as_str()), ("members[2].emial", "did you mean `email`?"));
    assert_eq!(found[0].1, "members[0].email");
    assert_eq!(slugs(&parse(text).unwrap()), ["a"]);
}

#[test]
fn duplicates_and_collisions_name_both_lines_and_keep_nobody() {
    let found = problems(
        "{\"members\":[\n{\"email\":\"a@x.org\"},\n{\"email\":\"A@X.org\"},\n{\"email\":\"b@x.org\"},\n{\"email\":\"b@y.org\"}]}",
    );
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[0].2.contains("lines 2 and 3"), "{found:?}");
    assert!(found[2].2.contains("lines 4 and 5") && found[2].2.contains("claw-b") && found[2].3.contains("`name`"));
    let both = r#"{"members":[{"email":"b@x.org"},{"email":"b@y.org","name":"Bea!"}]}"#;
    assert_eq!(slugs(&parse(both).unwrap()), ["b", "bea"]);
}

#[test]
fn secrets_do_not_belong_here() {
    let found = problems(r#"{"members":[{"email":"a@x.org","secrets":{"K":"v"}}]}"#);
    assert!(found[0].3.contains("secrets.json"), "{found:?}");
}

#[test]
fn an_entry_may_name_a_group() {
    let text = "{\"members\":[\n{\"email\":\"a@x.org\"},\n{\"group\":\" Engineers \",\"vmSize\":\"Standard_B2ms\"}]}";
    let file = parse(text).unwrap();
    let group = &file.team.groups[0];
    assert_eq!((group.group.as_str(), group.vm_size.as_deref()), ("Engineers", Some("Standard_B2ms")));
    assert_eq!((group.line, group.index, file.team.members.len(), file.problems.len()), (3, 1, 1, 0));
}

#[test]
fn a_wrong_group_is_placed_and_hides_members() {
    for (entry, field, says) in [
        (r#"{"group":"g","name":"x"}"#, "members[0].name", "an entry of their own"),
        (r#"{"group":"g","email":"a@x.org"}"#, "members[0].email", "an entry of their own"),
        (r#"{"group":"g","vmsize":"x"}"#, "members[0].vmsize", "did you mean `vmSize`?"),
        (r#"{"group":"g","vmSize":"B2; rm"}"#, "members[0].vmSize", "Standard_B2s"),
        (r#"{"group":"  "}"#, "members[0].group", "object ID"),
        (r#"{"group":7}"#, "members[0].group", "quotes"),
        (r#"{"gruop":"g"}"#, "members[0].gruop", "did you mean `group`?"),
    ] {
        let file = parse(&format!("{{\"members\":[{entry}]}}")).unwrap();
        let problem = &file.problems[0];
        assert!(problem.field == field && problem.remedy.contains(says) && problem.hides_a_member, "{problem:?}");
        assert!(file.team.groups.is_empty(), "{entry}");
    }
}

#[test]
fn a_members_own_policy_is_read_as_the_teams_is() {
    for (idle, field, message, right) in [
        ("null", "idle", "invalid type: null, expected an object", "claw schema team shows what `idle` may hold"),
        (r#"{"aftr": "2h"}"#, "idle.aftr", "unknown field `aftr`", "did you mean `after`?"),
        (r#"{"daysOff": ["sunday"]}"#, "idle.daysOff[0]", "`sunday` is no day", r#"["sat", "sun", "2026-12-24"]"#),
        (r#"{"shutdownAt": "7:5"}"#, "idle.shutdownAt", "`7:5` is no time", "write it like 07:30 or 19:00, or never"),
    ] {
        let found = problems(&format!(r#"{{"members": [{{"email": "a@x.org", "idle": {idle}}}]}}"#)).remove(0);
        assert_eq!(found.1, format!("members[0].{field}"));
        assert!(found.2.starts_with(message) && found.3.contains(right), "{found:?}");
        let found = problems(&format!(r#"{{"members": [], "idle": {idle}}}"#)).remove(0);
        assert!(found.1 == field && found.2.starts_with(message) && found.3.contains(right), "{found:?}");
    }
}

#[test]
fn a_policy_beside_idle_is_taken_for_one_and_other_fields_are_not() {
    for (field, right) in [
        ("workingHours", r#"write it inside `idle`: {"idle": {"workingHours": …}}"#),
        ("idleafter", r#"write it inside `idle`: {"idle": {"after": …}}"#),
        ("Idle", "did you mean `idle`?"),
        ("idel", "did you mean `idle`?"),
    ] {
        let file = parse(&format!(r#"{{"members": [], "{field}": "2h"}}"#)).unwrap();
        assert!(file.team.idle.unreadable && file.problems[0].remedy == right, "{:?}", file.problems);
        let own = parse(&format!(r#"{{"members": [{{"email": "a@x.org", "{field}": "2h"}}]}}"#)).unwrap();
        assert!(own.problems[0].is_about_idle() && own.problems[0].remedy == right, "{:?}", own.problems);
        assert!(file.problems[0].is_about_idle() && !own.team.idle.unreadable);
    }
    for other in ["title", "file", "note", "vmsize"] {
        let file = parse(&format!(r#"{{"members": [], "{other}": "2h"}}"#)).unwrap();
        assert!(!file.team.idle.unreadable && !file.problems[0].is_about_idle(), "{:?}", file.problems);
    }
}

#[test]
fn a_file_that_is_no_team_says_where_and_what_would_be_right() {
    for (text, line, says) in [
        ("", 1, "empty"),
        ("[]", 1, "object"),
        ("{\n\"members\": [\n{\"email\":\"a@x.org\"},\n]}", 4, "trailing comma"),
        ("{\n// the team\n\"members\": []}", 2, "comments"),
        ("{\"members\": [", 1, "EOF"),
        ("{\"member\": []}", 1, "`members` is missing"),
        ("{\n\"members\": {}}", 2, "must be a list"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.line, line, "{text}: {error}");
        assert!(error.message.contains(says), "{text}: {error}");
        assert!(!error.remedy.is_empty());
    }
}

#[test]
fn wrong_blocks_are_placed_too_and_the_network_fails_closed() {
    let text = "{\"members\":[],\n\"config\":{\"owed\":[]},\n\"network\":{\"sshFrom\":[\"1.2.3.4/99\"]},\n\"idle\":{\"after\":\"soon\"},\n\"oprators\":[]}";
    let file = parse(text).unwrap();
    let found = problems(text);
    assert_eq!(found.iter().map(|p| p.0).collect::<Vec<_>>(), [2, 3, 4, 5], "{found:?}");
    assert_eq!(found[0].3, "did you mean `owned`?");
    assert_eq!(found[3].3, "did you mean `operators`?");
    assert_eq!(file.team.network.ssh_from, ["255.255.255.255/32"]);
    assert_eq!(offset_of(text, "\"idle\"").0, 4);
}

#[test]
fn hostile_names_become_harmless_slugs() {
    let text = r#"{"members":[{"email":"a@x.org","name":"../../$(reboot)"},{"email":"b@x.org","name":"[parameters('x')]"},{"email":"c@x.org","name":"…"}]}"#;
    let file = parse(text).unwrap();
    assert_eq!(slugs(&file), ["reboot", "parameters-x"]);
    assert_eq!(file.problems.len(), 1);
}

proptest! {
    #[test]
    fn nothing_panics(text in "\\PC{0,80}") {
        let _ = parse(&text);
        let _ = parse(&format!("{{\"members\":[{{\"email\":{text}}}]}}"));
        let _ = parse(&format!("{{\"members\":[],{text}}}"));
    }

    #[test]
    fn the_order_of_the_list_changes_no_slug(mut emails in prop::collection::vec("[ab]{1,2}@[xy]\\.org", 0..6)) {
        let read = |emails: &[String]| {
            let list: Vec<_> = emails.iter().map(|e| serde_json::json!({"email": e})).collect();
            let file = parse(&serde_json::json!({"members": list}).to_string()).unwrap();
            let mut found: Vec<_> = file.team.members.into_iter().map(|m| (m.email, m.slug)).collect();
            found.sort();
            found
        };
        let forward = read(&emails);
        emails.reverse();
        prop_assert_eq!(forward, read(&emails));
    }
}

#[test]
fn names_that_belong_to_the_team_are_nobodys() {
    for name in ["shared", "Shared", "infra", "-infra-"] {
        let file = parse(&format!(r#"{{"members": [{{"email": "alice@example.com", "name": "{name}"}}]}}"#)).unwrap();
        assert!(file.team.members.is_empty(), "{name}");
        assert!(file.problems[0].message.contains("keeps for what the team shares") && file.problems[0].hides_a_member);
    }
}

#[test]
fn a_misspelt_network_block_opens_nothing() {
    for name in ["netwrok", "networks", "Network"] {
        let text = format!(r#"{{"members": [], "{name}": {{"sshFrom": ["203.0.113.0/24"]}}}}"#);
        let file = parse(&text).unwrap();
        assert_eq!(file.team.network.ssh_from, ["255.255.255.255/32"], "{name}: {:?}", file.problems);
    }
    let other = parse(r#"{"members": [], "memo": 1}"#).unwrap();
    assert!(other.team.network.ssh_from.is_empty());
}

/// serde reads a list as the fields in their order.
#[test]
fn a_list_is_no_block() {
    for (text, field) in [
        (r#"{"members": [], "idle": ["2h", "Europe/Berlin"]}"#, "idle"),
        (r#"{"members": [], "idle": []}"#, "idle"),
        (r#"{"members": [], "network": [["1.2.3.4/32"]]}"#, "network"),
        (r#"{"members": [{"email": "a@x.org", "idle": ["2h"]}]}"#, "members[0].idle"),
    ] {
        let file = parse(text).unwrap();
        let problem = file.problems.iter().find(|p| p.field == field).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(problem.message, "invalid type: list, expected an object");
    }
    assert!(parse(r#"{"members": [], "idle": []}"#).unwrap().team.idle.unreadable);
}

/// A default in its place would be another fleet, and a version goes to npm as root.
#[test]
fn a_fleet_that_can_not_be_read_is_no_fleet() {
    let url = "https://evil.example/x.tgz";
    for (fleet, says) in [
        (json!(["rg-x"]), "fleet: invalid type: list, expected an object"),
        (json!({"resorceGroup": "rg-x"}), "fleet.resorceGroup: unknown field `resorceGroup`"),
        (json!({"vmsize": "x"}), "fleet.vmsize: unknown field"),
        (json!({"vmSize": 7}), "fleet.vmSize: "),
        (json!({"openclawVersion": "latest"}), "fleet.openclawVersion: `latest` is no exact version"),
        (json!({"openclawVersion": "npm:evil@1.0.0"}), "fleet.openclawVersion: `npm:evil@1.0.0`"),
        (json!({"openclawVersion": url}), url),
        (json!({"openclawVersion": ""}), "`` is no exact version"),
    ] {
        let text = serde_json::to_string_pretty(&json!({"members": [], "fleet": fleet})).unwrap();
        let error = parse(&text).unwrap_err();
        assert!(error.message.contains(says) && error.line > 1 && !error.remedy.is_empty(), "{error:?}");
        assert_eq!(fleet_of(&text), None, "{text}");
    }
    assert!(parse(r#"{"members": [], "fleet": {"openclawVersion": "2026.9.1-beta.2"}}"#).is_ok());
}

/// Or somebody would be taken for no operator any more.
#[test]
fn operators_that_can_not_be_read_are_no_shorter_list() {
    let is_whole = |text: &str| !parse(text).unwrap().problems.iter().any(Problem::is_about_operators);
    for text in [
        r#"{"members": [], "operators": "olga@x.org"}"#,
        r#"{"members": [], "operators": ["olga@x.org", "olga"]}"#,
        r#"{"members": [], "operators": [7]}"#,
        r#"{"members": [], "operatros": ["olga@x.org"]}"#,
        r#"{"members": [], "Operator": ["olga@x.org"]}"#,
    ] {
        assert!(!is_whole(text), "{text}");
    }
    assert!(is_whole(r#"{"members": [{"email": "x"}], "operators": ["olga@x.org"], "netwrok": {}}"#));
}
