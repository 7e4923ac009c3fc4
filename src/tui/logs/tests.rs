use proptest::prelude::*;
use time::OffsetDateTime;

use super::{store::TOTAL, *};
use crate::ops::event::LogSource;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const FILTERS: [&str; 6] = ["", "a", "!a", "/^b+$/", "level:error", "level:warn a"];

fn feed(n: usize) -> Feed {
    Feed::of(&format!("claw-{n}"), LogSource::Gateway)
}

fn push(store: &mut Store, n: usize, text: &str) {
    store.push(&feed(n), Said::Line(text.to_owned()), NOW);
}

fn texts<'a>(lines: impl Iterator<Item = (usize, &'a Line)>) -> Vec<(usize, String)> {
    lines.map(|(n, line)| (n, line.text().to_owned())).collect()
}

proptest! {
    /// Whatever is pushed, and whenever the filter changes: what a ring shows is what the filter lets through of the
    /// newest lines, and kept and dropped make the whole.
    #[test]
    fn a_ring_is_the_end_of_what_was_pushed(
        lines in prop::collection::vec(("[ab]{0,40}|(ERROR|WARN) a", 0usize..FILTERS.len()), 0..120),
        limit in 100usize..4000,
    ) {
        let (mut ring, mut filter) = (Ring::default(), Filter::default());
        for (n, (text, chosen)) in lines.iter().enumerate() {
            let wanted = Filter::parse(FILTERS[*chosen]).unwrap();
            if wanted != filter {
                filter = wanted;
                ring.refilter(&filter);
            }
            let mut line = Line::new(text.clone(), NOW);
            line.number = n as u64 * 3;
            ring.push(line, &filter, limit);
            prop_assert!(ring.bytes() <= limit);
            prop_assert_eq!(ring.len() as u64 + ring.dropped(), n as u64 + 1);
            let kept = &lines[ring.dropped() as usize..=n];
            let expected = kept.iter().filter(|(t, _)| filter.shows(&Line::new(t.clone(), NOW)));
            let shown: Vec<&str> = ring.iter().map(Line::text).collect();
            prop_assert_eq!(shown, expected.map(|(t, _)| t.as_str()).collect::<Vec<_>>());
            for number in [0, n as u64 * 3 / 2, n as u64 * 3] {
                prop_assert_eq!(ring.up_to(number), ring.iter().filter(|l| l.number <= number).count());
            }
        }
    }

    /// Walking through many logs is walking through one list of all lines.
    #[test]
    fn merged_logs_are_in_the_order_of_arrival(
        pushed in prop::collection::vec((0usize..5, "[ab]{1,3}"), 0..80),
        filter in prop::sample::select(&FILTERS[..4]),
        from in prop::option::of(0u64..90),
    ) {
        let mut store = Store::default();
        store.set_filter(Filter::parse(filter).unwrap());
        pushed.iter().for_each(|(n, text)| push(&mut store, *n, text));
        let there: Vec<usize> = (0..5).filter(|n| store.ring(&feed(*n)).is_some()).collect();
        let rings: Vec<&Ring> = there.iter().filter_map(|n| store.ring(&feed(*n))).collect();
        let place = |n: usize| there.iter().position(|t| *t == n).unwrap();
        let filter = Filter::parse(filter).unwrap();
        let fits = |(_, (_, text)): &(usize, &(usize, String))| filter.shows(&Line::new(text.clone(), NOW));
        let all: Vec<_> = pushed.iter().enumerate().filter(fits).collect();
        let of = |lines: Vec<&(usize, &(usize, String))>| -> Vec<(usize, String)> {
            lines.into_iter().map(|(_, (n, text))| (place(*n), text.clone())).collect()
        };
        let later = all.iter().filter(|(at, _)| from.is_none_or(|from| *at as u64 > from)).collect();
        prop_assert_eq!(texts(after(&rings, from)), of(later));
        let earlier = all.iter().rev().filter(|(at, _)| *at as u64 <= from.unwrap_or(u64::MAX)).collect();
        prop_assert_eq!(texts(before(&rings, from.unwrap_or(u64::MAX))), of(earlier));
    }
}

#[test]
fn all_logs_together_are_bounded_too() {
    let mut store = Store::default();
    let text = "x".repeat(4000);
    for round in 0..70 {
        for n in 0..400 {
            push(&mut store, n, &text);
        }
        assert!(store.bytes() <= TOTAL, "round {round}: {}", store.bytes());
    }
    let ring = store.ring(&feed(0)).unwrap();
    assert!(ring.dropped() > 0 && ring.len() > 20 && ring.bytes() <= LIMIT);
}

#[test]
fn empty_lines_cost_memory_as_well() {
    let mut store = Store::default();
    for _ in 0..100_000 {
        push(&mut store, 0, "");
    }
    let ring = store.ring(&feed(0)).unwrap();
    assert!(ring.len() < 8000 && ring.bytes() <= LIMIT, "{}", ring.len());
}

#[test]
fn what_was_lost_on_the_way_is_counted_and_nothing_else_moves() {
    let mut store = Store::default();
    push(&mut store, 0, "a");
    store.take(Arrived { feed: feed(0), said: vec![Said::Line("b".into())], lost: 7 }, NOW);
    let ring = store.ring(&feed(0)).unwrap();
    assert_eq!((ring.dropped(), ring.len()), (7, 2));
    assert_eq!(ring.iter().map(Line::text).collect::<Vec<_>>(), ["a", "b"]);
}
