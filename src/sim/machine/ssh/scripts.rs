//! Scripts that come on the standard input of `bash -s`. This machine has no shell; it knows a script by the name in
//! its second line (`# claw-script NAME`, docs/machine.md) and answers as the script would on a real machine.

mod archive;
mod release;
mod verify;

use super::programs::Output;
use crate::sim::machine::hardware::Hardware;

/// Bytes of a script's second line that are looked at.
const HEAD: usize = 256;

/// Runs a script as `user`.
pub fn run(hardware: &Hardware, input: &[u8], user: &str, arguments: &[String]) -> Output {
    let head = String::from_utf8_lossy(input.get(..HEAD).unwrap_or(input)).into_owned();
    let name = head.lines().nth(1).and_then(|line| line.strip_prefix("# claw-script "));
    match (name, user) {
        (Some("verify"), "openclaw") => verify::run(hardware),
        (Some("backup"), "openclaw") => archive::backup(hardware),
        (Some("restore"), "openclaw") => archive::restore(hardware, input),
        (Some("restart"), "openclaw") => release::restart(hardware),
        (Some("upgrade"), "root") if arguments.get(1).is_some_and(|word| word == "look") => {
            release::look(hardware, &arguments[0])
        }
        (Some("upgrade"), "root") => release::upgrade(hardware, arguments.first().map_or("", String::as_str)),
        _ => Output::fail(127, "bash: this embedded machine runs claw's own scripts only"),
    }
}
