//! The target of a name, which ends the run on a broken bound.

/// `claw::fuzz::TARGETS` has them all; a test of claw's holds the two together.
pub fn target(name: &str) -> impl Fn(&[u8]) + use<> {
    let run = claw::fuzz::TARGETS.iter().find(|(known, _)| *known == name).map(|(_, run)| *run);
    move |data| match run.map(|run| run(data)) {
        Some(Ok(())) => {}
        Some(Err(why)) => panic!("{why}"),
        None => panic!("no such target"),
    }
}
