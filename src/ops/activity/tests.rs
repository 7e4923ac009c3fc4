use std::os::unix::fs::PermissionsExt;

use time::{Duration, macros::datetime};

use super::{act::UNTOLD, entry::Ending, read::parse, *};
use crate::ops::{OpsError, Overrides, Session, Settings};

fn session(folder: &std::path::Path) -> Session {
    let overrides = Overrides { data: Some(folder.join("data")), cloud: Some("public".into()), ..Overrides::default() };
    Session::open(Settings::load(&overrides).unwrap()).unwrap()
}

fn only(session: &Session) -> Entry {
    let mut record = read(&session.settings().data, None).unwrap();
    assert_eq!((record.entries.len(), record.unreadable), (1, 0));
    record.entries.remove(0)
}

#[tokio::test]
async fn an_action_is_written_down_when_it_begins_and_when_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path());
    let work = async {
        assert_eq!(only(&session).state, State::Begun);
        Ok(3)
    };
    let act = Act::new("stop").on(["alice", "o'brien"]);
    kept(&session, act, work, |n| Ending::done(format!("{n} done"))).await.unwrap();
    let entry = only(&session);
    assert_eq!(entry.command, r"claw stop alice 'o'\''brien'");
    assert_eq!((entry.state, entry.words.as_str(), entry.targets.len()), (State::Done, "3 done", 2));
    assert!(entry.ended.is_some_and(|ended| ended >= entry.at));
    let file = session.settings().data.join(FILE);
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn what_fails_or_is_given_up_says_so_and_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path());
    let fails = async { Err::<(), _>(OpsError::refused("no: token=Zq8vR2mN7pXw", "")) };
    kept(&session, Act::new("up"), fails, |()| Ending::done("")).await.unwrap_err();
    let entry = only(&session);
    assert_eq!((entry.state, entry.words.as_str()), (State::Refused, "no: token=[hidden]"));

    let never = kept(&session, Act::new("down"), std::future::pending::<Result<(), OpsError>>(), |()| Ending::done(""));
    let mut never = Box::pin(never);
    assert!(futures::poll!(&mut never).is_pending());
    drop(never);
    let record = read(&session.settings().data, None).unwrap();
    assert_eq!((record.entries[0].state, record.entries[1].state), (State::Refused, State::Interrupted));
}

#[test]
fn lines_name_what_was_done_and_never_what_looks_like_a_secret() {
    let act = Act::new("devices rename").on(["d"]).when(true, "sk-Zq8vR2mN7pXw41Lk").with("--machine", Some("bob"));
    assert_eq!(act.line(), "claw devices rename d '[hidden]' --machine bob");
    let act = Act::new("exec").when(true, "--all").when(true, "--").when(true, UNTOLD);
    assert_eq!(act.line(), "claw exec --all -- …");
}

#[test]
fn a_broken_line_hides_no_other_and_time_narrows() {
    let begun = |id: &str, at: &str| {
        format!(
            r#"{{"line":"begun","id":"{id}","at":"{at}","who":"ann","what":"up","targets":[],"command":"claw up"}}"#
        )
    };
    let text = [begun("1", "2026-11-20T10:00:00Z"), "{\"line\":\"beg".into(), begun("2", "2026-11-21T10:00:00Z")];
    let record = parse(&text.join("\n"), None);
    assert_eq!((record.entries.len(), record.unreadable), (2, 1));
    assert!(record.entries[0].matches("UP ann") && !record.entries[0].matches("down"));
    let now = datetime!(2026-11-21 12:00 UTC);
    assert_eq!(parse(&text.join("\n"), Some(since("3h", now).unwrap())).entries[0].id, "2");
    assert_eq!(since("2026-11-21", now).unwrap(), now - Duration::hours(12));
    assert!(since("yesterday-ish", now).is_err());
}
