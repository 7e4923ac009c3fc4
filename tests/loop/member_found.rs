//! Which machine a member gets into: when the team's list is closed to them, when theirs was made anew, and when
//! several could be meant. `claw ssh` is OpenSSH's own client with a stand-in for `az ssh cert`.

use crate::{
    member::{ALICE, BOTH, alice, found, operator},
    signed::Signed,
};

#[test]
fn with_a_team_json_too_a_member_finds_the_machine_by_its_tags() {
    let alice = alice();
    found(&alice, &["ssh", "--", "whoami"]).exits(0);
    // She may not list the group's machines, which an operator's `claw ssh` does.
    alice.cloud.write("team.json", BOTH);
    let listed = alice.claw(&["status"]).exits(1).stderr;
    assert!(listed.contains("AuthorizationFailed"), "{listed}");
    assert_eq!(alice.claw(&["ssh", "alice", "--", "hostname"]).exits(0).stdout, "claw-alice\n");
    let bobs = alice.claw(&["ssh", "bob", "--", "whoami"]).exits(255).stderr;
    assert!(bobs.contains("no machine called `bob` was found in any subscription that you can read"), "{bobs}");
    assert_eq!(alice.cloud.unknown_requests(), "");
}

#[test]
fn a_machine_that_was_made_anew_is_found_by_its_new_tag_and_shows_its_new_key() {
    let alice = alice();
    assert_eq!(found(&alice, &["ssh", "--", "hostname"]).exits(0).stdout, "claw-alice\n");
    let key = |alice: &Signed| {
        let status = operator(alice, BOTH, &["status", "--json"]).exits(0).json();
        status["machines"][0]["machine"]["host_key"].as_str().unwrap().to_owned()
    };
    let before = key(&alice);
    let bob = r#"{"members": [{"email": "bob@example.com"}]}"#;
    operator(&alice, bob, &["up", "--yes", "--leavers", "1", "--delete", "claw-alice"]).exits(0);
    operator(&alice, BOTH, &["up", "--yes"]).exits(0);
    assert_ne!(key(&alice), before);
    // Azure's index is behind, so that for a while there is none of hers, or the old one.
    let again = loop {
        let again = found(&alice, &["ssh", "--", "whoami"]);
        if !again.stderr.contains("is not there any more") {
            break again.exits(0);
        }
    };
    assert_eq!(again.stdout, "alice@example.com\n");
    assert_eq!(alice.cloud.unknown_requests(), "");
}

#[test]
fn several_machines_that_could_be_meant_are_listed_with_their_places() {
    let olga = Signed::start("member.toml", "olga@example.com");
    for group in ["first-rg", "second-rg"] {
        operator(&olga, ALICE, &["up", "--yes", "--no-wait", "--group", group]).exits(0);
    }
    let several = loop {
        let listed = olga.claw(&["ssh", "alice", "--", "hostname"]).exits(255).stderr;
        if listed.contains("2 machines are called `alice`") {
            break listed;
        }
    };
    assert!(several.contains("alice (first-rg in ") && several.contains("alice (second-rg in "), "{several}");
    assert!(several.contains("--group GROUP --subscription ID"), "{several}");
    let one = olga.claw(&["ssh", "alice", "--group", "second-rg", "--", "hostname"]).exits(255).stderr;
    assert!(one.contains("you have no login role on claw-alice"), "{one}");
    assert_eq!(olga.cloud.unknown_requests(), "");
}
