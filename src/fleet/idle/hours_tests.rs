//! Working hours over midnight and on days that are longer or shorter, and the strings that the schema allows.

use proptest::prelude::*;
use regex::Regex;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, macros::datetime};

use super::policy::IdleSettings;

fn berlin(hours: &str, days_off: &[&str]) -> IdleSettings {
    let policy = json!({"timeZone": "Europe/Berlin", "workingHours": hours, "daysOff": days_off});
    serde_json::from_value(policy).unwrap()
}

/// The policy's working hours as a walk along the minutes finds them: each with its end.
fn walk(policy: &IdleSettings, from: OffsetDateTime, hours: i64) -> Vec<(OffsetDateTime, OffsetDateTime)> {
    let mut found: Vec<(OffsetDateTime, OffsetDateTime)> = Vec::new();
    let minutes = (0..hours * 60).map(|minute| from + Duration::minutes(minute));
    let mut open = None;
    for now in minutes {
        let until = policy.working_until(now);
        if let (Some(until), true) = (until, open.is_none()) {
            found.push((now, until));
        }
        if let (None, Some(_)) = (until, open) {
            assert_eq!(found.last().unwrap().1, now, "said until when");
        }
        open = until;
    }
    found
}

#[test]
fn a_night_belongs_to_the_day_it_begins_on() {
    let policy = berlin("22:00-06:00", &["sat"]);
    // Friday noon to Monday noon; Berlin is an hour ahead.
    let nights = walk(&policy, datetime!(2026-11-20 11:00 UTC), 72);
    let expected = [
        (datetime!(2026-11-20 21:00 UTC), datetime!(2026-11-21 05:00 UTC)),
        (datetime!(2026-11-22 21:00 UTC), datetime!(2026-11-23 05:00 UTC)),
    ];
    assert_eq!(nights, expected);
    // A date off works as a weekday does.
    let policy = berlin("22:00-06:00", &["2026-11-20"]);
    assert_eq!(policy.working_until(datetime!(2026-11-21 03:00 UTC)), None);
    assert_eq!(policy.wanted_again(datetime!(2026-11-20 22:00 UTC)), datetime!(2026-11-21 21:00 UTC));
}

#[test]
fn hours_may_last_until_midnight_and_all_day() {
    let evening = walk(&berlin("18:00-24:00", &[]), datetime!(2026-11-20 11:00 UTC), 24);
    assert_eq!(evening, [(datetime!(2026-11-20 17:00 UTC), datetime!(2026-11-20 23:00 UTC))]);
    let all_day = berlin("00:00-24:00", &["sun"]);
    assert!(all_day.working_until(datetime!(2026-11-21 22:59 UTC)).is_some());
    assert_eq!(all_day.working_until(datetime!(2026-11-21 23:00 UTC)), None, "Sunday in Berlin");
    assert_eq!(String::from(all_day.working_hours.unwrap()), "00:00-24:00");
}

#[test]
fn a_night_in_which_clocks_change_is_as_long_as_it_is() {
    let policy = berlin("22:00-06:00", &[]);
    let autumn = walk(&policy, datetime!(2026-10-24 12:00 UTC), 24);
    assert_eq!(autumn, [(datetime!(2026-10-24 20:00 UTC), datetime!(2026-10-25 05:00 UTC))]);
    let spring = walk(&policy, datetime!(2026-03-28 12:00 UTC), 24);
    assert_eq!(spring, [(datetime!(2026-03-28 21:00 UTC), datetime!(2026-03-29 04:00 UTC))]);
    // 02:30 comes twice in autumn, and hours begin with the first and end with the second.
    let end = walk(&berlin("22:00-02:30", &[]), datetime!(2026-10-24 12:00 UTC), 24);
    assert_eq!(end, [(datetime!(2026-10-24 20:00 UTC), datetime!(2026-10-25 01:30 UTC))]);
    let begin = walk(&berlin("02:30-06:00", &[]), datetime!(2026-10-24 12:00 UTC), 24);
    assert_eq!(begin, [(datetime!(2026-10-25 00:30 UTC), datetime!(2026-10-25 05:00 UTC))]);
    // In spring 02:45 is left out, and 03:05 is within these hours all the same.
    let left_out = berlin("02:45-03:15", &[]);
    assert_eq!(left_out.working_until(datetime!(2026-03-29 01:05 UTC)), Some(datetime!(2026-03-29 01:15 UTC)));
}

/// What the published schema has for a field of `idle`, the team's and a member's.
fn patterns(field: &str) -> [Regex; 2] {
    let schema: Value = serde_json::from_str(include_str!("../../../assets/schema/team.v1.json")).unwrap();
    let member = &schema["properties"]["members"]["items"]["oneOf"][0];
    [&schema, member].map(|part| {
        let pattern = &part["properties"]["idle"]["properties"][field]["pattern"];
        Regex::new(pattern.as_str().unwrap_or_else(|| panic!("{field} has no pattern"))).unwrap()
    })
}

#[track_caller]
fn agree(field: &str, text: &str) -> bool {
    let is_read = serde_json::from_value::<IdleSettings>(json!({field: text})).is_ok();
    for pattern in patterns(field) {
        assert_eq!(pattern.is_match(text), is_read, "{field} {text:?}: the schema, and the reader");
    }
    is_read
}

#[test]
fn schema_and_reader_know_the_same_times() {
    for good in ["never", "00:00", "07:05", "19:00", "23:59"] {
        assert!(agree("shutdownAt", good), "{good}");
    }
    for bad in
        ["7:5", "7:05", "07:5", "24:00", "19:60", "", " 19:00", "19:00\n", "Never", "19:00:00", "１９:00", "+7:00"]
    {
        assert!(!agree("shutdownAt", bad), "{bad:?}");
    }
    for good in ["08:00-18:00", "22:00-06:00", "18:00-24:00", "00:00-24:00", "08:00 - 18:00", "00:00-00:00"] {
        assert!(agree("workingHours", good), "{good}");
    }
    for bad in
        ["9-5", "8:00-18:00", "08:00-18:0", "24:00-06:00", "08:00-24:01", "08:00", "08:00–18:00", "08:00-18:00-", ""]
    {
        assert!(!agree("workingHours", bad), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn schema_and_reader_agree_on_what_looks_like_times(
        at in "[ +]?[0-2]?[0-9]:[0-6]?[0-9](:00| |\n)?|[Nn]ever",
        hours in "[0-2]?[0-9]:[0-6][0-9][ \t]?(-|–)[ \n]?[0-2]?[0-9]:[0-6]?[0-9]\n?",
        any in "\\PC{0,12}",
    ) {
        agree("shutdownAt", &at);
        agree("workingHours", &hours);
        agree("shutdownAt", &any);
        agree("workingHours", &any);
    }

    #[test]
    fn hours_survive_being_written(from in 0..1440u32, to in 0..=1440u32) {
        let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let read = berlin(&format!("{}-{}", clock(from), clock(to)), &[]);
        let again: IdleSettings = serde_json::from_value(serde_json::to_value(&read).unwrap()).unwrap();
        prop_assert_eq!(read, again);
    }
}
