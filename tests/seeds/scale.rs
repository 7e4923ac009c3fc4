//! Many members at once: ARM refuses nothing that claw's budget could have foreseen, and it takes no longer than ARM's
//! limits let it. `examples/scale.rs` measures a thousand.

#[path = "../../examples/support/mod.rs"]
mod support;

use std::time::Duration;

use tokio::time::Instant;

const MEMBERS: usize = 300;
/// Beyond the bound, whatever the size of the team: the group, the network and the vault come first, and the last machine
/// comes up. A fifth of a thousand members' bound is 76 s.
const BESIDE: Duration = Duration::from_secs(80);

#[tokio::test(start_paused = true)]
async fn three_hundred_members_meet_no_429_and_wait_for_the_limits_alone() {
    let folder = tempfile::tempdir().unwrap();
    let team = support::Team::start(folder.path(), MEMBERS).await;
    let begun = Instant::now();
    team.up().await;
    let (took, bound) = (begun.elapsed(), support::bound(MEMBERS));
    assert_eq!(team.session.throttle().throttled, 0);
    assert!(team.sim.unknown_requests().is_empty());
    assert!(took <= bound + BESIDE, "{took:?}, bound by the limits: {:?}", bound);
    assert!(took > bound, "nobody is held to the limits of ARM: {took:?}");
}
