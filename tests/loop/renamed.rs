//! A member who is called by another address is the same person, with the same machine and all that is theirs.

use crate::{cloud::Cloud, terminal::Terminal};

/// As the team was before, and as it is since.
const BEFORE: &str = r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#;
const SINCE: &str = r#"{"members": [
    {"email": "ali@example.com", "idle": {"keepAwakeUntil": "2999-01-01T08:00"}, "config": {"logging": {"level": "trace"}}},
    {"email": "bob@example.com"}]}"#;

/// Secrets of everybody and of one member.
fn secrets(email: &str, value: &str) -> String {
    format!(r#"{{"shared": {{"KEY": "value"}}, "members": {{"{email}": {{"OWN_KEY": "{value}"}}}}}}"#)
}

#[test]
fn what_is_a_members_own_stays_with_them_and_their_machine() {
    let cloud = Cloud::start("idle.toml");
    cloud.write("team.json", BEFORE);
    cloud.write("secrets.json", &secrets("alice@example.com", "one"));
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.write("team.json", SINCE);
    cloud.write("secrets.json", &secrets("ali@example.com", "two"));

    // Before the next `up` the machine's tags say the name of before.
    let shown = cloud.claw(&["idle", "--json"]).exits(0).json();
    assert_eq!(shown["machines"][0]["machine"], "claw-alice");
    assert_eq!(shown["machines"][0]["verdict"]["state"], "kept", "their own policy: {shown}");
    let diff = cloud.claw(&["config", "diff"]).exits(3).stdout;
    assert!(diff.contains("claw-alice") && diff.contains("trace"), "their own config: {diff}");
    let pushed = cloud.claw(&["secrets", "push", "--reload"]).exits(0).stderr;
    assert!(pushed.contains("claw-alice: secrets changed, and the gateway took them"), "{pushed}");
    assert!(pushed.contains("claw-bob: secrets are as they were"), "{pushed}");
    let listed = cloud.claw(&["secrets", "list"]).exits(0).stdout;
    assert!(listed.contains("openclaw-alice") && !listed.contains("openclaw-ali\n"), "{listed}");

    // And after it: the same machine, which goes on reading the same secret, on a new VM too.
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.claw(&["plan"]).exits(0);
    cloud.claw(&["down", "--keep-data", "--yes"]).exits(0);
    cloud.write("secrets.json", &secrets("ali@example.com", "while it is gone"));
    let pushed = cloud.claw(&["secrets", "push"]).exits(0).stderr;
    assert!(pushed.contains("secret openclaw-alice pushed"), "for the machine that will stand on their disk: {pushed}");
    cloud.claw(&["up", "--yes"]).exits(0);
    let status = cloud.claw(&["status", "--json"]).exits(0).json();
    assert_eq!(status["machines"][0]["member"], "ali", "{status}");
    assert_eq!(status["machines"][0]["machine"]["name"], "claw-alice", "{status}");
    cloud.write("secrets.json", &secrets("ali@example.com", "three"));
    let again = cloud.claw(&["secrets", "push", "--reload"]).exits(0).stderr;
    assert!(again.contains("claw-alice: secrets changed, and the gateway took them"), "{again}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn who_is_called_like_somebody_who_left_gets_nothing_of_theirs() {
    let cloud = Cloud::start("idle.toml");
    cloud.up(BEFORE);
    let both = r#"{"members": [{"email": "alice@example.com", "name": "bob"}, {"email": "chandra@example.com"}]}"#;
    cloud.write("team.json", both);
    cloud.claw(&["up", "--yes", "--leavers", "1"]).exits(0);
    let said = cloud.claw(&["start", "bob"]).exits(2).stderr;
    assert!(said.contains("2 machines are called `bob`: claw-alice, claw-bob"), "{said}");
    cloud.claw(&["start", "claw-alice"]).exits(0);

    cloud.write(
        "team.json",
        r#"{"members": [{"email": "alice@example.com"}, {"email": "chandra@example.com", "name": "bob"}]}"#,
    );
    cloud.write("secrets.json", &secrets("chandra@example.com", "hers"));
    let said = cloud.claw(&["secrets", "push"]).exits(0).stderr;
    assert!(said.contains("openclaw-chandra pushed"), "hers by her machine, whatever she is called: {said}");
    cloud.claw(&["up", "--yes", "--leavers", "1"]).exits(0);
    cloud.write(
        "team.json",
        r#"{"members": [{"email": "alice@example.com"}, {"email": "dora@example.com", "name": "bob"}]}"#,
    );
    cloud.write("secrets.json", &secrets("dora@example.com", "hers"));
    let said = cloud.claw(&["secrets", "push"]).exits(4).stderr;
    assert!(said.contains("dora@example.com's own are not sent: nobody can say whose claw-bob is"), "{said}");
    assert!(said.contains("secret openclaw-shared is as it was") && !said.contains("openclaw-bob"), "{said}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn the_next_of_that_name_reads_nothing_of_whoever_had_it() {
    let cloud = Cloud::start("idle.toml");
    cloud.write("team.json", BEFORE);
    cloud.write("secrets.json", &secrets("bob@example.com", "his"));
    cloud.claw(&["up", "--yes"]).exits(0);
    let other = r#"{"members": [{"email": "alice@example.com"}, {"email": "chandra@example.com", "name": "bob"}]}"#;
    cloud.write("team.json", other);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    let delete = ["--leavers", "1", "--delete", "claw-bob"];
    let shown = cloud.claw(&[&["plan"][..], &delete].concat()).stdout;
    assert!(shown.contains("network interface, and empty its own secret"), "{shown}");
    cloud.claw(&[&["up", "--yes"][..], &delete].concat()).exits(4);
    cloud.claw(&["up", "--yes"]).exits(0);
    // What the vault has of another name would be missed here.
    let hers = r#"{"shared": {"KEY": "value"}, "members": {"chandra@example.com": {"HER_KEY": "hers"}}}"#;
    cloud.write("secrets.json", hers);
    cloud.claw(&["up", "--yes"]).exits(0);
    let said = cloud.claw(&["secrets", "push", "--reload"]).exits(0).stderr;
    assert!(said.contains("openclaw-bob is as it was"), "{said}");
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn two_operators_who_call_one_person_by_two_addresses_make_them_one_machine() {
    let cloud = Cloud::start("idle.toml");
    cloud.up(r#"{"members": [{"email": "bob@example.com"}]}"#);
    cloud.write("team.json", SINCE);
    // A plan that was made when she had none, and is looked at for a while.
    let mut other = Terminal::open(&cloud, "claw", &["up"], &[]);
    other.until("Type yes to go on: ");
    cloud.up(BEFORE);
    other.press("yes\n");
    let (said, code) = other.end();
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("making the same person's machine under another name"), "{said}");

    let machines = || {
        let status = cloud.claw(&["status", "--json"]).exits(0).json();
        let names = status["machines"].as_array().unwrap().iter().map(|m| m["machine"]["name"].as_str().unwrap());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(machines(), ["claw-alice", "claw-bob"]);
    cloud.claw(&["up", "--yes"]).exits(0);
    assert_eq!(machines(), ["claw-alice", "claw-bob"], "one of them, by the other name");
    assert!(cloud.claw(&["plan"]).exits(0).stdout.contains("nothing to do"));
    assert_eq!(cloud.unknown_requests(), "");
}
