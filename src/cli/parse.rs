//! From the command line to [`Cli`].

use std::ffi::OsString;

use clap::{Args, Command, FromArgMatches, Parser};

use super::args::{Cli, Globals};

/// What clap reads out of `args`, the first of which is the program's own name. Errors are clap's: wrong usage, or help
/// that was asked for.
pub fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    window(args).map_or_else(|| Cli::try_parse_from(args), Ok)
}

/// The same where no command is named, which is wrong usage here: the window's first frame waits for no other arguments.
fn window(args: &[OsString]) -> Option<Cli> {
    let found = Globals::augment_args(Command::new("claw")).try_get_matches_from(args).ok()?;
    Some(Cli { command: None, globals: Globals::from_arg_matches(&found).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_windows_arguments_are_those_of_the_whole_command_line() {
        let lines = [
            "claw",
            "claw --team t.json --cloud usgov --read-only -vv --group g --record r --yes",
            "claw --data=d --ca c --credential cli --json -q",
            "claw --team status",
            "claw status",
            "claw --json status --team t",
            "claw help",
            "claw --help",
            "claw -h",
            "claw --version",
            "claw --team",
            "claw --credential none",
            "claw -q -v",
            "claw statsu",
            "claw --jsno",
            "claw -- up",
            "claw --yes --yes",
        ];
        for line in lines {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let said = |read: Result<Cli, clap::Error>| match read {
                Ok(cli) => format!("{cli:?}"),
                Err(error) => format!("{:?} {error}", error.kind()),
            };
            assert_eq!(said(parse(&args)), said(Cli::try_parse_from(&args)), "{line}");
        }
        let quick = |line: &str| window(&line.split(' ').map(OsString::from).collect::<Vec<_>>()).is_some();
        assert!(quick(lines[0]) && quick(lines[1]) && quick(lines[2]), "read as a window's");
        assert!(!quick("claw status"));
    }
}
