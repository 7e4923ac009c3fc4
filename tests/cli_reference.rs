//! docs/cli.md is what `--help` says, command by command (`UPDATE_GOLDEN=1` writes it anew).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

use clap::CommandFactory;

fn describe(command: &mut clap::Command, path: &str, text: &mut String) {
    let help = command.clone().term_width(100).bin_name(path).render_help().to_string();
    text.push_str(&format!("## {path}\n```\n{}\n```\n\n", help.trim_end()));
    let inner: Vec<String> =
        command.get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name().to_owned()).collect();
    for name in inner.iter().filter(|name| *name != "help") {
        let found = command.find_subcommand_mut(name).unwrap();
        describe(found, &format!("{path} {name}"), text);
    }
}

#[test]
fn the_reference_is_what_help_says() {
    let mut command = claw::cli::args::Cli::command();
    command.build();
    let mut text = String::from("# Every command\n\nMade from `--help` by a test.\n\n");
    describe(&mut command, "claw", &mut text);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cli.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap_or_default() == text,
        "docs/cli.md is behind: UPDATE_GOLDEN=1 writes it"
    );
}
