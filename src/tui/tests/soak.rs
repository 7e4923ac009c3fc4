//! The soak in small; `examples/window_soak.rs` sends a million.

use crate::tui::load::Load;

#[test]
fn whatever_comes_in_a_large_fleet_nothing_panics_and_nothing_is_stuck() {
    let mut load = Load::new(150, 100, 30).unwrap();
    load.plan(60);
    for n in 0..6_000 {
        load.anything();
        if n % 40 == 0 {
            load.draw().unwrap();
        }
        if n % 200 == 0 {
            assert!(load.is_sound(), "a cursor beyond its lines after {n} messages");
            assert!(load.settle(), "stuck after {n} messages");
        }
    }
}
