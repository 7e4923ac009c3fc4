//! Azure's own daily stop of machines, asked for in team.json.

use time::{Duration, OffsetDateTime};

use crate::cloud::Cloud;

fn team(idle: &str) -> String {
    format!(r#"{{"members": [{{"email": "alice@example.com", "idle": {{{idle}}}}}]}}"#)
}

#[test]
fn a_daily_stop_is_made_changed_kept_to_and_taken_away() {
    let cloud = Cloud::start("nightly.toml");
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.write("team.json", &team(r#""shutdownAt": "03:30", "timeZone": "Europe/Berlin""#));
    let plan = cloud.claw(&["plan"]).exits(3).stdout;
    let line = "~ have claw-alice stopped by Azure every day at 03:30 (W. Europe Standard Time)";
    assert!(plan.contains(line), "{plan}");
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    cloud.claw(&["plan", "--json"]).exits(0);

    // A time that the cloud's clock, which runs ahead, soon shows. Nobody but Azure stops the machine.
    let soon = OffsetDateTime::now_utc() + Duration::hours(8);
    cloud.write("team.json", &team(&format!(r#""shutdownAt": "{:02}:{:02}""#, soon.hour(), soon.minute())));
    let changed = cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    assert!(changed.stdout.contains("change claw-alice to be stopped by Azure every day"), "{}", changed.stdout);
    cloud.claw(&["start", "alice"]).exits(0);
    while cloud.claw(&["status", "--json"]).exits(0).json()["machines"][0]["machine"]["power"]["value"] != "deallocated"
    {
    }
    cloud.claw(&["plan"]).exits(0);

    cloud.write("team.json", &team(""));
    let plan = cloud.claw(&["plan"]).exits(3).stdout;
    assert!(plan.contains("take away the daily stop of claw-alice at "), "{plan}");
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    cloud.claw(&["plan"]).exits(0);

    // Down takes it for claw's own.
    cloud.write("team.json", &team(r#""shutdownAt": "03:30""#));
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    cloud.claw(&["down", "--yes"]).exits(0);
    assert_eq!(cloud.unknown_requests(), "");
}
