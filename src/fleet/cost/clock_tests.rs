//! Hours under a clock that jumps: no moment counts twice.

use std::collections::BTreeMap;

use proptest::prelude::*;
use time::{Duration, OffsetDateTime, macros::datetime};

use super::{
    Window,
    history::{History, Look, Was},
    of_machine,
};
use crate::fleet::instance::PowerState;

const START: OffsetDateTime = datetime!(2026-11-20 08:00 UTC);

/// What happens between two looks: the clock moves so many minutes, and the machine is seen in a state (`None`: gone).
/// Without a state at all, the line is torn.
type Happens = (i64, Option<Option<PowerState>>);

fn happens() -> impl Strategy<Value = Happens> {
    let power = prop_oneof![
        3 => Just(Some(PowerState::Running)),
        2 => Just(Some(PowerState::Deallocated)),
        1 => Just(Some(PowerState::Unknown)),
        1 => Just(None),
    ];
    let minutes = prop_oneof![6 => 0..80i64, 2 => -200..0i64, 1 => 80..2000i64];
    (minutes, prop::option::weighted(0.9, power))
}

/// All lines, and the clock after each.
fn lines(all: &[Happens]) -> (String, OffsetDateTime) {
    let (mut text, mut clock) = (String::new(), START);
    for (minutes, seen) in all {
        clock += Duration::minutes(*minutes);
        let was = |power: &PowerState| Was { power: *power, size: "s".into() };
        let look = |is: BTreeMap<String, Was>| Look { at: clock, gone: vec!["claw-a".into(); 1 - is.len()], is };
        let line = seen.as_ref().map(|power| look(power.iter().map(|p| ("claw-a".to_owned(), was(p))).collect()));
        text.push_str(&line.map_or_else(|| "{\"at\":".to_owned(), |look| serde_json::to_string(&look).unwrap()));
        text.push('\n');
    }
    (text, clock)
}

proptest! {
    #[test]
    fn a_clock_that_jumps_makes_no_hour_count_twice(all in prop::collection::vec(happens(), 1..40), is_there: bool) {
        let (text, now) = lines(&all);
        let history = History::read(&text);
        let spans = history.spans("claw-a");
        prop_assert!(spans.iter().all(|s| s.from < s.to), "{spans:?}");
        prop_assert!(spans.windows(2).all(|two| two[0].to <= two[1].from), "{spans:?}");
        for from in [START - Duration::days(20), START, now - Duration::minutes(45)] {
            let window = Window { from, to: now };
            let passed = (now - from).max(Duration::ZERO).as_seconds_f64() / 3600.0;
            for created in [None, Some(START), Some(now + Duration::hours(1))] {
                let spent = of_machine(spans, "s", created, is_there, window, None);
                let hours = spent.on_hours + spent.off_hours + spent.unknown_hours;
                prop_assert!(hours <= passed + 1e-6, "{spent:?} in {passed} h, of {spans:?}");
            }
        }
    }
}

#[test]
fn an_hour_that_was_lived_twice_by_the_clock_counts_once() {
    let on = || Some(Some(PowerState::Running));
    // 08:00, 09:00, set back to 08:00, 09:00 again.
    let (text, now) = lines(&[(0, on()), (60, on()), (-60, on()), (60, on())]);
    let window = Window { from: START, to: now };
    let spent = of_machine(History::read(&text).spans("claw-a"), "s", None, true, window, None);
    assert_eq!([spent.on_hours, spent.off_hours, spent.unknown_hours], [1.0, 0.0, 0.0]);
}

#[test]
fn a_day_that_a_wrong_clock_ran_ahead_keeps_no_later_hour_from_being_counted() {
    let on = || Some(Some(PowerState::Running));
    let (text, now) = lines(&[(0, on()), (60, on()), (1440, on()), (-1440, on()), (30, on()), (30, on())]);
    let window = Window { from: START, to: now };
    let spent = of_machine(History::read(&text).spans("claw-a"), "s", None, true, window, None);
    assert_eq!([spent.on_hours, spent.off_hours, spent.unknown_hours], [2.0, 0.0, 0.0]);
}
