//! A config push that is cut off between two of the things it does on a machine. The embedded machine does the first of
//! them and loses the answer, so that claw is killed before the second.

use std::process::Stdio;

use crate::{
    cloud::Cloud,
    killed::{cloud, template},
};

/// What keeping the saved config makes, by which that one is told from other renames.
const KEPT: &str = "/home/openclaw/.openclaw/openclaw.json.claw-before";
const PUSH: [&str; 3] = ["config", "push", "--yes"];

fn push(cloud: &Cloud, minutes: usize) {
    template(cloud, minutes);
    cloud.claw(&PUSH).exits(0);
}

/// Pushes, and kills claw once it has done the step of this name.
fn cut_off_after(cloud: &Cloud, step: &str, minutes: usize) {
    template(cloud, minutes);
    cloud.claw(&["exec", "m1", "--", "lose-answer", step]).exits(0);
    let mut claw = cloud.command(&PUSH).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while cloud.claw(&["exec", "m1", "--", "lose-answer"]).exits(0).stdout.contains(step) {
        assert!(claw.try_wait().unwrap().is_none(), "it ended without {step}");
    }
    claw.kill().unwrap();
    claw.wait().unwrap();
}

#[track_caller]
fn has(cloud: &Cloud, minutes: usize) {
    template(cloud, minutes);
    cloud.claw(&["config", "diff"]).exits(0);
}

#[test]
fn a_push_that_is_killed_anywhere_leaves_the_config_before_it_to_go_back_to() {
    let cloud = cloud(1);
    cloud.claw(&["up", "--yes"]).exits(0);
    // Copying the config, saving the copy, the change itself, keeping what was saved, and the look whether it is well.
    for (step, is_made) in [("cp", false), ("mv", false), ("config.patch", true), (KEPT, true), ("health", true)] {
        for goes_on in [true, false] {
            // One push before it, whose own config before must not come back.
            push(&cloud, 41);
            push(&cloud, 42);
            cut_off_after(&cloud, step, 43);
            has(&cloud, if is_made { 43 } else { 42 });
            if goes_on || !is_made {
                push(&cloud, 43);
            }
            let back = cloud.claw(&["config", "rollback", "--yes"]).exits(0).stdout;
            assert!(back.contains("42m"), "{step}: {back}");
            has(&cloud, 42);
        }
    }
    // A push over one that was cut off: the way back is one step, not two.
    cut_off_after(&cloud, "config.patch", 43);
    push(&cloud, 44);
    cloud.claw(&["config", "rollback", "--yes"]).exits(0);
    has(&cloud, 43);
    assert_eq!(cloud.unknown_requests(), "");
}
