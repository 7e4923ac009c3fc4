use clap::{CommandFactory, Parser};

use super::{args::*, table::table};

#[test]
fn the_arguments_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn what_follows_two_dashes_belongs_to_the_machine() {
    let cli = Cli::parse_from(["claw", "ssh", "alice", "--", "ls", "--json", "-l"]);
    assert!(!cli.globals.json);
    assert!(
        matches!(cli.command, Some(Command::Ssh(ssh)) if ssh.name.as_deref() == Some("alice") && ssh.command == ["ls", "--json", "-l"])
    );
}

#[test]
fn a_watch_pauses_between_two_looks() {
    let every = |text: &str| Cli::try_parse_from(["claw", "idle", "--watch", "--every", text]);
    assert!(every("1s").is_ok() && every("5m").is_ok());
    for wrong in ["0s", "10ms", "often"] {
        let said = every(wrong).unwrap_err().to_string();
        assert!(said.contains("write it like 5m"), "{said}");
    }
}

#[test]
fn global_flags_stand_before_or_behind_the_command() {
    for args in [["claw", "--json", "plan"], ["claw", "plan", "--json"]] {
        assert!(Cli::parse_from(args).globals.json);
    }
}

#[test]
fn a_table_can_not_steer_the_terminal() {
    let text = table(["A", "B"], [["x\u{1b}[2J".to_owned(), "é字".to_owned()]]);
    assert!(!text.contains('\u{1b}') && text.contains("é字"), "{text}");
}
