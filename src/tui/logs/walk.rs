//! Lines of several logs in the order in which they arrived, from a place on, in both directions.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{line::Line, ring::Ring};

/// Shown lines numbered at most `from`, newest first, each with the index of its log.
pub fn before<'a>(rings: &[&'a Ring], from: u64) -> impl Iterator<Item = (usize, &'a Line)> {
    let mut at: Vec<usize> = rings.iter().map(|ring| ring.up_to(from)).collect();
    let newest = |at: &[usize], n: usize| at[n].checked_sub(1).and_then(|i| rings[n].get(i)).map(|l| (l.number, n));
    let mut heap: BinaryHeap<(u64, usize)> = (0..rings.len()).filter_map(|n| newest(&at, n)).collect();
    let rings = rings.to_vec();
    std::iter::from_fn(move || {
        let (_, n) = heap.pop()?;
        at[n] -= 1;
        let line = rings[n].get(at[n])?;
        if let Some(next) = at[n].checked_sub(1).and_then(|i| rings[n].get(i)) {
            heap.push((next.number, n));
        }
        Some((n, line))
    })
}

/// Shown lines numbered more than `from`, oldest first.
pub fn after<'a>(rings: &[&'a Ring], from: Option<u64>) -> impl Iterator<Item = (usize, &'a Line)> {
    let mut at: Vec<usize> = rings.iter().map(|ring| from.map_or(0, |from| ring.up_to(from))).collect();
    let oldest = |at: &[usize], n: usize| rings[n].get(at[n]).map(|l| Reverse((l.number, n)));
    let mut heap: BinaryHeap<Reverse<(u64, usize)>> = (0..rings.len()).filter_map(|n| oldest(&at, n)).collect();
    let rings = rings.to_vec();
    std::iter::from_fn(move || {
        let Reverse((_, n)) = heap.pop()?;
        let line = rings[n].get(at[n])?;
        at[n] += 1;
        if let Some(next) = rings[n].get(at[n]) {
            heap.push(Reverse((next.number, n)));
        }
        Some((n, line))
    })
}
