//! The window's first frame, before anything answers.

use crate::{cloud::Cloud, terminal::Terminal};

/// A fleet that was seen, and then a cloud that accepts connections and says nothing.
#[test]
fn the_fleet_of_last_time_is_there_while_nothing_answers() {
    let mut cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}, {"email": "bob@example.com"}]}"#);
    cloud.write("secrets.json", r#"{"shared": {"KEY": "value"}}"#);
    cloud.claw(&["up", "--yes", "--no-wait"]).exits(0);
    cloud.claw(&["status"]).exits(0);
    cloud.crash();

    let mut window = Terminal::open(&cloud, env!("CARGO_BIN_EXE_claw"), &[], &[]);
    window.until("alice");
    window.until("running");
    window.until("bob");
    window.press("q");
    assert_eq!(window.end().1, 0);

    // Another fleet has its own: nothing of this one is shown for it.
    cloud.write(
        "other.json",
        r#"{"fleet": {"resourceGroup": "other-rg"}, "members": [{"email": "alice@example.com"}]}"#,
    );
    let mut other = Terminal::open(&cloud, env!("CARGO_BIN_EXE_claw"), &["--team", "other.json"], &[]);
    other.until("asking");
    other.press("q");
    let (shown, code) = other.end();
    assert!(!shown.contains("running") && code == 0, "{shown}");
}

/// Before there is anybody who waits for signals, too.
#[test]
fn a_signal_at_once_gives_the_terminal_back() {
    let cloud = Cloud::start("fast.toml");
    for name in ["TERM", "HUP", "INT"] {
        let mut window = Terminal::open(&cloud, env!("CARGO_BIN_EXE_claw"), &[], &[]);
        window.until("\u{1b}[?1049h");
        window.signal(name);
        let (shown, code) = window.end();
        assert!(shown.contains("\u{1b}[?1049l") && code == 0, "{name}: {code} {shown:?}");
    }
}
