use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime, macros::datetime};

use super::{
    Micros, Prices, Spent, Window,
    history::{History, LONGEST_GAP, Look, Was},
    of_machine,
};
use crate::fleet::instance::{Instance, PowerState};

const START: OffsetDateTime = datetime!(2026-11-20 08:00 UTC);

fn prices() -> Prices {
    Prices {
        currency: "USD".into(),
        machine_hour: BTreeMap::from([("Standard_B2s".to_owned(), Micros(40_000))]),
        disk_month: Some(Micros(730_000)),
        address_hour: Some(Micros(5_000)),
    }
}

fn machine(name: &str, power: PowerState) -> Instance {
    let json = serde_json::json!({"name": name, "id": name, "vm_size": "Standard_B2s", "provisioning": "",
        "created": null, "power": {"value": power, "at": "1970-01-01T00:00:00Z"}, "tags": {}});
    serde_json::from_value(json).unwrap()
}

/// Looks every half hour; one character each: on, off, `?` and `.` where nobody looked.
fn history(looks: &str) -> History {
    let mut history = History::default();
    for (index, look) in looks.chars().enumerate() {
        let power = match look {
            '1' => PowerState::Running,
            '0' => PowerState::Deallocated,
            '?' => PowerState::Unknown,
            _ => continue,
        };
        let at = START + Duration::minutes(30) * i32::try_from(index).unwrap();
        if let Some(news) = history.news(&[machine("claw-a", power)], at) {
            history.push(&news);
        }
    }
    history
}

fn spent(looks: &str) -> Spent {
    let end = START + Duration::minutes(30) * i32::try_from(looks.len() - 1).unwrap();
    let window = Window { from: START, to: end };
    of_machine(history(looks).spans("claw-a"), "Standard_B2s", None, true, window, Some(&prices()))
}

#[test]
fn hours_are_what_two_looks_agree_on() {
    for (looks, hours) in [
        ("11111", [2.0, 0.0, 0.0]),
        ("00000", [0.0, 2.0, 0.0]),
        // When it changed in between, nobody knows.
        ("11000", [0.5, 1.0, 0.5]),
        ("11?11", [1.0, 0.0, 1.0]),
        // An hour without a look is fine, more is not.
        ("1.1.1", [2.0, 0.0, 0.0]),
        ("1..11", [0.5, 0.0, 1.5]),
    ] {
        let spent = spent(looks);
        assert_eq!([spent.on_hours, spent.off_hours, spent.unknown_hours], hours, "{looks}");
    }
}

#[test]
fn unknown_hours_make_a_range_and_never_a_guess() {
    let exact = spent("11111");
    // Two hours of machine, disk and address.
    assert_eq!((exact.at_least, exact.at_most), (Some(Micros(92_000)), Some(Micros(92_000))));
    let gap = spent("1...1");
    assert_eq!((gap.at_least, gap.at_most, gap.saved), (Some(Micros(12_000)), Some(Micros(92_000)), Some(Micros(0))));
    assert_eq!((exact.words().as_str(), gap.words().as_str()), ("0.09", "0.01–0.09"));
    let off = spent("00000");
    assert_eq!((off.at_least, off.saved), (Some(Micros(12_000)), Some(Micros(80_000))));
}

#[test]
fn a_machine_counts_from_its_creation_and_a_size_without_price_has_no_estimate() {
    let window = Window::month(datetime!(2026-11-20 10:00 UTC));
    assert_eq!(window.from, datetime!(2026-11-01 00:00 UTC));
    let history = history("11111");
    let of = |created, size: &str| of_machine(history.spans("claw-a"), size, created, true, window, Some(&prices()));
    assert_eq!(of(Some(START - Duration::hours(3)), "Standard_B2s").unknown_hours, 3.0);
    let strange = of(Some(START - Duration::hours(3)), "Standard_X");
    assert!(strange.at_least.is_some() && strange.at_most.is_none(), "{strange:?}");
    let unpriced = of_machine(history.spans("claw-a"), "Standard_B2s", None, true, window, None);
    assert_eq!((unpriced.on_hours, unpriced.at_least, unpriced.words().as_str()), (2.0, None, "–"));
    // One that is gone ends with its last look.
    let gone = of_machine(history.spans("claw-a"), "Standard_B2s", Some(START), false, window, Some(&prices()));
    assert_eq!((gone.on_hours, gone.unknown_hours), (2.0, 0.0));
}

#[test]
fn lines_say_what_changed_and_a_torn_one_makes_the_next_say_everything() {
    let [a, b] = ["claw-a", "claw-b"].map(|name| machine(name, PowerState::Running));
    let mut history = History::default();
    let first = history.news(&[a.clone(), b.clone()], START).unwrap();
    history.push(&first);
    assert_eq!(history.news(&[a.clone(), b.clone()], START + Duration::minutes(1)), None);
    let later = START + Duration::minutes(20);
    let still = history.news(&[a.clone(), b.clone()], later).unwrap();
    assert_eq!(serde_json::to_string(&still).unwrap(), r#"{"at":"2026-11-20T08:20:00Z"}"#);
    let gone = history.news(std::slice::from_ref(&a), START + Duration::minutes(1)).unwrap();
    assert_eq!((gone.is.len(), gone.gone.as_slice()), (0, ["claw-b".to_owned()].as_slice()));

    let line = |look: &Look| serde_json::to_string(look).unwrap();
    let torn = History::read(&format!("{}\n{{\"at\":\"2026-\n{}\n", line(&first), line(&still)));
    assert_eq!(torn.spans("claw-a"), []);
    assert_eq!(torn.news(&[a, b], later).unwrap().is.len(), 2);
}

#[test]
fn a_clock_that_steps_back_gives_no_hours() {
    let look = |at| Look {
        at,
        is: BTreeMap::from([("claw-a".to_owned(), Was { power: PowerState::Running, size: String::new() })]),
        gone: Vec::new(),
    };
    let mut history = History::default();
    for at in [START, START - LONGEST_GAP, START - LONGEST_GAP + Duration::minutes(5)] {
        history.push(&look(at));
    }
    let hours: Vec<_> = history.spans("claw-a").iter().map(|s| s.to - s.from).collect();
    assert_eq!(hours, [Duration::minutes(5)]);
}
