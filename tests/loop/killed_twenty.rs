//! Twenty members, going forward: every run is killed where none was before, until one comes to its end. A config push
//! is killed at each of its boundaries, with another config each time.

use std::collections::BTreeSet;

use crate::{
    cloud::Cloud,
    holdings,
    killed::{GROUP, boundary, cloud, killed_at, same, team, template},
};

const MEMBERS: usize = 20;

/// Kills a command once at each boundary that is left when it comes to it. Gives how many kills that were.
fn killed_onwards(cloud: &Cloud, args: &[&str]) -> usize {
    let mut met = BTreeSet::new();
    while killed_at(cloud, args, 0, |line| boundary(line).is_some_and(|at| met.insert(at))) {}
    met.len()
}

/// A team of twenty, brought up without a kill.
fn up() -> Cloud {
    let cloud = cloud(MEMBERS);
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud
}

#[test]
fn an_up_of_twenty_that_is_killed_again_and_again_ends_like_one_that_is_not() {
    let reference = holdings::of(&up(), GROUP);
    let cloud = cloud(MEMBERS);
    let kills = killed_onwards(&cloud, &["up", "--yes"]);
    assert!(kills > 2 * MEMBERS, "{kills} kills");
    cloud.claw(&["plan"]).exits(0);
    same(&reference, &holdings::of(&cloud, GROUP), kills);
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn a_push_to_twenty_that_is_killed_at_any_boundary_reaches_all_and_can_be_taken_back() {
    let (cloud, push) = (up(), ["config", "push", "--yes"]);
    let mut kills = 0;
    loop {
        // Another config each time, so that each run has all twenty before it.
        template(&cloud, 41 + kills);
        let was_killed = killed_at(&cloud, &push, kills, |line| boundary(line).is_some());
        if !was_killed {
            break;
        }
        kills += 1;
        cloud.claw(&push).exits(0);
        cloud.claw(&["config", "diff"]).exits(0);
    }
    assert!(kills >= MEMBERS, "{kills} kills");
    cloud.claw(&["verify"]).exits(0);

    cloud.claw(&["config", "rollback", "--yes"]).exits(0);
    template(&cloud, 40 + kills);
    cloud.claw(&["config", "diff"]).exits(0);
    assert_eq!(cloud.unknown_requests(), "");
}

#[test]
fn leavers_deletions_and_the_end_of_twenty_are_finished_however_often_claw_is_killed() {
    let (whole, cloud) = (up(), up());
    let leavers = (MEMBERS - 1).to_string();
    let stop = ["up", "--yes", "--leavers", leavers.as_str()];
    let names: Vec<String> = (2..=MEMBERS).map(|n| format!("claw-m{n}")).collect();
    let deletes = names.iter().flat_map(|name| ["--delete", name.as_str()]);
    let delete: Vec<&str> = ["up", "--yes"].into_iter().chain(deletes).collect();
    team(&whole, 1);
    team(&cloud, 1);
    for args in [&stop[..], &delete, &["down", "--yes"]] {
        whole.claw(args).exits(0);
        let kills = killed_onwards(&cloud, args);
        assert!(kills >= if args[0] == "down" { 3 } else { MEMBERS }, "{kills} kills of {args:?}");
        same(&holdings::of(&whole, GROUP), &holdings::of(&cloud, GROUP), kills);
    }
    assert!(holdings::of(&cloud, GROUP).is_empty());
    assert_eq!(cloud.unknown_requests(), "");
}
