//! Tails: every line once, whatever happens on the way.

use std::{fs::OpenOptions, io::Write, path::Path};

use tokio::sync::mpsc::Receiver;

use super::sshd::{Sshd, kill, next, signal, text};
use crate::remote::TailEvent;

fn append(file: &Path, text: &str) {
    OpenOptions::new().append(true).create(true).open(file).unwrap().write_all(text.as_bytes()).unwrap();
}

fn numbered(range: std::ops::Range<usize>) -> String {
    range.map(|i| format!("line {i}\n")).collect()
}

async fn line(events: &mut Receiver<TailEvent>) -> String {
    match next(events).await {
        TailEvent::Line(line) => line,
        other => panic!("{other:?}"),
    }
}

/// Lines up to and with number `last`, skipping reconnects; each must come once and in order.
async fn expect(events: &mut Receiver<TailEvent>, range: std::ops::Range<usize>) -> usize {
    let mut reconnects = 0;
    for i in range {
        loop {
            match next(events).await {
                TailEvent::Line(line) => {
                    assert_eq!(line, format!("line {i}"));
                    break;
                }
                TailEvent::Reconnecting { .. } => reconnects += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    reconnects
}

#[tokio::test]
async fn grows_and_holds_partial_lines_back() {
    let Some(sshd) = Sshd::start() else { return };
    let log = sshd.path("it's a log");
    append(&log, "first\r\nsec");
    let mut events = sshd.remote().tail(&sshd.target(), &log.display().to_string());
    assert_eq!(line(&mut events).await, "first");
    append(&log, "ond\n");
    assert_eq!(line(&mut events).await, "second");
}

#[tokio::test]
async fn killed_connections_lose_and_repeat_nothing() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, log) = (sshd.remote(), sshd.path("log"));
    append(&log, &numbered(0..10));
    append(&log, "line 1");
    let mut events = remote.tail(&sshd.target(), &sshd.text("log"));
    assert_eq!(expect(&mut events, 0..10).await, 0);

    sshd.kill_session(&remote).await;
    let lost = next(&mut events).await;
    assert!(matches!(lost, TailEvent::Reconnecting { .. }), "{lost:?}");
    append(&log, "0\n");
    append(&log, &numbered(11..20));
    expect(&mut events, 10..20).await;

    // Cut in the middle of a flood, with lines on their way and held back.
    append(&log, &numbered(20..200_000));
    for (from, cut) in [(20, 5_000), (5_000, 60_000), (60_000, 130_000)] {
        expect(&mut events, from..cut).await;
        sshd.kill_session(&remote).await;
    }
    expect(&mut events, 130_000..200_000).await;
    append(&log, &numbered(200_000..200_010));
    expect(&mut events, 200_000..200_010).await;
}

#[tokio::test]
async fn a_machine_that_hangs_is_noticed_and_its_tail_goes_on_elsewhere() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, log) = (sshd.remote(), sshd.path("log"));
    append(&log, &numbered(0..10));
    let mut events = remote.tail(&sshd.target(), &sshd.text("log"));
    expect(&mut events, 0..10).await;
    let session = sshd.session(&remote).await;
    signal("-STOP", &session);
    append(&log, &numbered(10..20));
    // Nothing says that the other end is gone but its silence: 15 s to the first question, 15 s for each answer.
    tokio::time::pause();
    let lost = loop {
        match events.recv().await.unwrap() {
            TailEvent::Line(_) => {}
            other => break other,
        }
    };
    tokio::time::resume();
    assert!(matches!(lost, TailEvent::Reconnecting { .. }), "{lost:?}");
    expect(&mut events, 10..20).await;
    kill(&session);
}

#[tokio::test]
async fn a_reader_that_rests_stops_neither_the_machine_nor_its_own_tail() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, log) = (sshd.remote(), sshd.path("log"));
    let lines = 200_000;
    append(&log, &numbered(0..lines));
    let mut events = remote.tail(&sshd.target(), &sshd.text("log"));
    expect(&mut events, 0..1).await;
    // More is waiting than is held back: the machine's tail ends until its reader has caught up.
    let ended = format!("while pgrep -f 'tail -c [+]1 -F -- {}' > /dev/null; do :; done; echo free", log.display());
    let (target, limit) = (sshd.target(), std::time::Duration::from_secs(60));
    let freed = tokio::time::timeout(limit, remote.exec(&target, &ended, b"")).await.expect("it ends");
    assert_eq!(text(&freed.unwrap()), "free\n");
    assert_eq!(expect(&mut events, 1..lines).await, 0);
    assert_eq!(sshd.accepted(), 1);
}

#[tokio::test]
async fn a_file_cut_short_or_replaced_is_read_from_its_beginning() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, log) = (sshd.remote(), sshd.path("log"));
    append(&log, "one\ntwo\nthree\n");
    let mut events = remote.tail(&sshd.target(), &sshd.text("log"));
    for expected in ["one", "two", "three"] {
        assert_eq!(line(&mut events).await, expected);
    }

    // Cut short while the tail runs.
    std::fs::write(&log, "new\n").unwrap();
    restarted_with(&mut events, "new").await;

    // Replaced by rename while it runs.
    std::fs::write(sshd.path("next"), "newer\nnewest\n").unwrap();
    std::fs::rename(sshd.path("next"), &log).unwrap();
    restarted_with(&mut events, "newer").await;
    assert_eq!(line(&mut events).await, "newest");

    // Cut short while the connection is down.
    sshd.kill_session(&remote).await;
    std::fs::write(&log, "last\n").unwrap();
    restarted_with(&mut events, "last").await;
}

/// Lines that overtake the news of the restart may come before it; what counts is what comes after.
async fn restarted_with(events: &mut Receiver<TailEvent>, first: &str) {
    while next(events).await != TailEvent::Restarted {}
    while !matches!(next(events).await, TailEvent::Line(line) if line == first) {}
}

#[tokio::test]
async fn a_file_that_is_not_there_yet_is_waited_for() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, log) = (sshd.remote(), sshd.path("log"));
    let mut events = remote.tail(&sshd.target(), &sshd.text("log"));
    // The tail is at work when the machine has its process.
    let running = format!("while ! pgrep -f 'tail -c [+]1 -F -- {}'; do :; done", log.display());
    remote.exec(&sshd.target(), &running, b"").await.unwrap();
    append(&log, "there\n");
    assert_eq!(line(&mut events).await, "there");
    append(&log, "more\n");
    assert_eq!(line(&mut events).await, "more");
}

#[tokio::test]
async fn a_dropped_reader_ends_the_machine_s_tail() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, log) = (sshd.remote(), sshd.path("log"));
    append(&log, "here\n");
    let mut events = remote.tail(&sshd.target(), &sshd.text("log"));
    assert_eq!(line(&mut events).await, "here");
    drop(events);
    let gone = format!("while pgrep -f 'tail -c [+]1 -F -- {}'; do :; done", log.display());
    let target = sshd.target();
    let waited = remote.exec(&target, &gone, b"");
    assert_eq!(tokio::time::timeout(std::time::Duration::from_secs(60), waited).await.unwrap().unwrap().code, 0);
}

#[tokio::test]
async fn what_can_t_be_followed_is_said_and_tried_again() {
    let Some(sshd) = Sshd::start() else { return };
    let mut events = sshd.remote().tail(&sshd.target(), &sshd.path("").display().to_string());
    for _ in 0..2 {
        let event = next(&mut events).await;
        assert!(
            matches!(&event, TailEvent::Reconnecting { error, .. } if error.contains("Is a directory")
                || error.contains("cannot follow")),
            "{event:?}"
        );
    }
}
