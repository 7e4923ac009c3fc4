//! Bad input gets a clear sentence, the right exit code, and changes nothing.

use crate::cloud::Cloud;

#[test]
fn a_team_that_can_not_be_read_says_the_file_the_line_and_what_would_be_right() {
    let cloud = Cloud::start("fast.toml");
    for (text, line, says) in [
        ("{\n\"members\": [\n{\"email\":\"alice@example.com\"},\n]}", "line 4", "comma"),
        ("", "line 1", "empty"),
        ("{\"member\": []}", "line 1", "`members`"),
    ] {
        cloud.write("team.json", text);
        let answer = cloud.claw(&["plan"]).exits(2);
        assert!(answer.stderr.contains("team.json") && answer.stderr.contains(line), "{}", answer.stderr);
        assert!(answer.stderr.contains(says) && answer.stderr.contains("help:"), "{}", answer.stderr);
        let json = cloud.claw(&["plan", "--json"]).exits(2).json();
        assert_eq!(json["schema"], "claw/error/v1");
        assert!(json["remedy"].is_string(), "{json}");
    }
    std::fs::remove_file(cloud.path("team.json")).unwrap();
    assert!(cloud.claw(&["status"]).exits(2).stderr.contains("there is no team.json"));
}

#[test]
fn a_flag_of_the_machines_command_is_none_of_claws() {
    let cloud = Cloud::start("fast.toml");
    let wrong = cloud.claw(&["exec", "--bogus", "alice", "--", "curl", "--json"]).exits(2);
    assert!(wrong.stdout.is_empty() && wrong.stderr.contains("--bogus"), "{}", wrong.stdout);
}

#[test]
fn files_of_an_editor_that_writes_a_byte_order_mark_are_read() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", "\u{feff}{\"members\": [{\"email\": \"alice@example.com\"}]}");
    cloud.write("secrets.json", "\u{feff}{\"shared\": {\"KEY\": \"value\"}}");
    cloud
        .write("openclaw.template.json", "\u{feff}{\"agents\": {\"defaults\": {\"heartbeat\": {\"every\": \"45m\"}}}}");
    cloud.write(".env", "\u{feff}LOCATION=westus3\n");
    let up = cloud.claw(&["up", "--yes"]).exits(0);
    assert!(up.stdout.contains("westus3"), "{}", up.stdout);
    cloud.claw(&["config", "push", "--yes"]).exits(0);
    // One in another place is no mark, and said to be wrong.
    cloud.write("team.json", "{\"members\": \u{feff}[]}");
    let wrong = cloud.claw(&["plan"]).exits(2).stderr;
    assert!(wrong.contains("team.json") && wrong.contains("line 1"), "{wrong}");
    // So is UTF-16, which other editors write.
    let utf16: Vec<u8> = "\u{feff}{\"members\": []}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(cloud.path("team.json"), utf16).unwrap();
    let wrong = cloud.claw(&["plan"]).exits(2).stderr;
    assert!(wrong.contains("team.json") && wrong.contains("UTF-8") && wrong.contains("help:"), "{wrong}");
}

#[test]
fn every_member_who_is_not_exactly_one_enabled_person_is_shown_and_stops_nobody_else() {
    let cloud = Cloud::start("fast.toml");
    let team = r#"{"members":[
        {"email":"alice@example.com"},
        {"email":"frank@example.com"},
        {"email":"sam@example.com"},
        {"email":"nobody@example.com"},
        {"emial":"bob@example.com"},
        {"email":"dana@example.com"},
        {"email":"DANA@example.com"}]}"#;
    cloud.write("team.json", team);
    let plan = cloud.claw(&["plan"]).exits(3).stdout;
    for says in [
        "frank@example.com: the account",
        "sam@example.com: several",
        "nobody@example.com: nobody",
        "did you mean `email`",
        "lines 7 and 8",
    ] {
        assert!(plan.contains(says), "{says}: {plan}");
    }
    let plan = cloud.claw(&["plan", "--json"]).exits(3).json();
    let made: Vec<_> =
        plan["plan"]["steps"].as_array().unwrap().iter().filter(|s| s["action"]["kind"] == "create_machine").collect();
    assert_eq!(made.len(), 1, "{plan}");
}

#[test]
fn no_network_wrong_credentials_and_a_taken_port_are_told_plainly() {
    let cloud = Cloud::start("fast.toml");
    let file = std::fs::read_to_string(cloud.path("sim/cloud.json")).unwrap();
    let mut broken: serde_json::Value = serde_json::from_str(&file).unwrap();
    broken["credential"]["clientSecret"] = "wrong".into();
    std::fs::write(cloud.path("sim/wrong.json"), broken.to_string()).unwrap();
    let wrong = cloud.path("sim/wrong.json");
    let answer = cloud.claw(&["--cloud", wrong.to_str().unwrap(), "plan"]);
    // The last --cloud wins or clap refuses the second; either way nothing is planned.
    assert_ne!(answer.code, 0, "{}", answer.stderr);

    let port = broken["proxy"].as_str().unwrap().rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    let answer = cloud.claw(&["sim", "--dir", cloud.path("second").to_str().unwrap(), "--port", &port]).exits(2);
    assert!(answer.stderr.contains("can't listen") && answer.stderr.contains("--port"), "{}", answer.stderr);

    broken["proxy"] = "http://127.0.0.1:9".into();
    std::fs::write(cloud.path("sim/cloud.json"), broken.to_string()).unwrap();
    let answer = cloud.claw(&["plan"]).exits(1);
    assert!(answer.stderr.contains("127.0.0.1:9"), "{}", answer.stderr);

    assert_eq!(cloud.claw(&["--no-such-flag"]).code, 2);
    let misuse = cloud.claw(&["status", "--jsno", "--json"]).exits(2).json();
    assert!(misuse["message"].as_str().unwrap().contains("--jsno") && misuse["remedy"].is_string(), "{misuse}");
    assert!(cloud.claw(&["demo"]).exits(2).stderr.contains("terminal"));
}

#[test]
fn read_only_and_unconfirmed_changes_are_refused() {
    let cloud = Cloud::start("fast.toml");
    for args in [&["up"][..], &["--read-only", "up", "--yes"], &["--read-only", "secrets", "push"]] {
        cloud.claw(args).exits(5);
    }
    let answer = cloud.claw(&["up", "--json"]).exits(5);
    let last = answer.lines().pop().unwrap();
    assert_eq!(last["schema"], "claw/error/v1");
    assert!(last["remedy"].as_str().unwrap().contains("--yes"), "{last}");
    let plan = cloud.claw(&["plan", "--json"]).exits(3).json();
    assert_eq!(plan["plan"]["steps"][0]["action"]["kind"], "ensure_group", "nothing was made");
}

#[test]
fn a_result_that_can_not_be_written_is_an_error() {
    let cloud = Cloud::start("fast.toml");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let answer = cloud.command(&["status"]).stdout(full).output().unwrap();
    let told = String::from_utf8_lossy(&answer.stderr).into_owned();
    assert!(answer.status.code() == Some(1) && told.contains("can't be written"), "{told}");
}

#[test]
fn without_openssh_a_command_has_its_input_and_its_output_is_not_lost() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members":[{"email":"alice@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    let long = "a line of many\n".repeat(100_000);
    let input = || std::fs::File::open(cloud.write("input", &long)).unwrap();
    let cat = || {
        let mut command = cloud.command(&["ssh", "alice", "--", "cat"]);
        command.env("PATH", "/nowhere").stdin(input());
        command
    };
    let copied = cat().output().unwrap();
    assert_eq!(copied.status.code(), Some(0), "{}", String::from_utf8_lossy(&copied.stderr));
    assert!(copied.stdout == long.as_bytes(), "{} bytes of {}", copied.stdout.len(), long.len());
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let lost = cat().stdout(full).output().unwrap();
    assert_eq!(lost.status.code(), Some(255), "{lost:?}");
}

#[test]
fn work_goes_on_when_nobody_can_read_its_progress() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members":[{"email":"alice@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for args in [&["up", "--yes", "--no-wait", "-v"][..], &["stop", "alice", "--yes"]] {
        let done = cloud.command(args).stderr(full()).output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{args:?}: {done:?}");
    }
    let refused = cloud.command(&["stop", "nobody", "--yes"]).stderr(full()).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
}

#[test]
fn a_network_block_that_can_not_be_read_changes_nothing() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members":[{"email":"alice@example.com"}],"network":{"sshFrom":["10.0.0.0/99"]}}"#);
    let refused = cloud.claw(&["plan"]).exits(5);
    assert!(refused.stdout.contains("`network` in team.json") && refused.stdout.contains("nothing to do"));
    cloud.write("team.json", r#"{"members":[{"email":"alice@example.com"}],"members":[]}"#);
    assert!(cloud.claw(&["plan"]).exits(2).stderr.contains("`members` stands twice"));
}

#[test]
fn what_secrets_json_no_longer_has_leaves_the_vault_only_when_confirmed() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members":[{"email":"alice@example.com"}]}"#);
    let named = cloud.claw(&["up", "--yes", "--secrets", "not-there.json"]).exits(2);
    assert!(named.stderr.contains("not-there.json"), "{}", named.stderr);
    cloud.write("secrets.json", r#"{"shared":{"FIRST":"one","SECOND":"two"}}"#);
    cloud.claw(&["up", "--yes"]).exits(0);
    let again = cloud.claw(&["secrets", "push"]).exits(0);
    assert!(again.stderr.contains("openclaw-shared is as it was"), "{}", again.stderr);
    cloud.write("secrets.json", "{}");
    let refused = cloud.claw(&["secrets", "push"]).exits(5);
    assert!(refused.stderr.contains("confirmation"), "{}", refused.stderr);
    let up = cloud.claw(&["up", "--yes"]).exits(1);
    assert!(up.stderr.contains("FIRST from openclaw-shared, SECOND from openclaw-shared"), "{}", up.stderr);
    cloud.claw(&["secrets", "push", "--yes"]).exits(0);
    assert!(cloud.claw(&["secrets", "push"]).exits(0).stderr.contains("as it was"));
}
