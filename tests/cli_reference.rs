//! docs/cli.md and docs/claw.1 are what `--help` and `claw man` say, command by command (`UPDATE_GOLDEN=1` writes it anew).

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
    hold("docs/cli.md", &text);
}

#[test]
fn the_manual_page_is_what_claw_man_prints() {
    let page = claw::cli::man::page(&[]).unwrap();
    hold("docs/claw.1", &page);
    // Every command has one; a name that is none says so.
    let inner = claw::cli::man::page(&["config".into(), "push".into()]).unwrap();
    assert!(inner.contains("claw\\-config\\-push") && inner.contains("\\-\\-json"), "{inner}");
    assert!(claw::cli::man::page(&["dial".into()]).is_err(), "hidden commands have none");
}

/// The file is this text.
fn hold(file: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let is = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(is == text, "{file} is behind: UPDATE_GOLDEN=1 writes it");
}
