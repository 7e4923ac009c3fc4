//! `claw completions SHELL`: the script that a shell loads. What it offers, claw answers anew at each Tab: commands
//! and flags from the arguments, machines by the names of last time. Nothing is asked over the network.

use std::path::PathBuf;

use clap::{CommandFactory, ValueEnum};
use clap_complete::{
    engine::CompletionCandidate,
    env::{CompleteEnv, Shells},
};

use super::{Output, args::Cli};
use crate::ops::{OpsError, Overrides, snapshot};

/// Set by the scripts when they ask what to offer.
const VARIABLE: &str = "CLAW_COMPLETE";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
        }
    }
}

/// Prints the script.
pub fn run(shell: Shell, output: &Output) -> Result<u8, OpsError> {
    let fail = |why: String| OpsError::failed(format!("no completions for {}: {why}", shell.name()));
    let shells = Shells::builtins();
    let writer = shells.completer(shell.name()).ok_or_else(|| fail("unknown shell".into()))?;
    let mut script = Vec::new();
    writer.write_registration(VARIABLE, "claw", "claw", "claw", &mut script).map_err(|e| fail(e.to_string()))?;
    let script = String::from_utf8(script).map_err(|e| fail(e.to_string()))?;
    output.result("completions", &serde_json::json!({"shell": shell.name(), "script": script}), || script.clone());
    Ok(0)
}

/// Answers a shell that asks what to offer; false when none does. To be called before anything else runs.
pub fn answer() -> bool {
    if std::env::var_os(VARIABLE).is_some_and(|shell| !shell.is_empty()) && is_elsewhere() {
        return true;
    }
    let asked = CompleteEnv::with_factory(Cli::command).var(VARIABLE).bin("claw");
    // A shell can do nothing with an error: it offers nothing then.
    asked.try_complete(std::env::args_os(), None).unwrap_or(true)
}

/// Behind `--` begins a machine's own command line, of which claw knows nothing.
fn is_elsewhere() -> bool {
    // The shell's line comes behind a `--` of the script's own.
    let words: Vec<_> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    // Bash and zsh say where the cursor is; with others the line ends there.
    let index = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse().ok());
    words.iter().take(index.unwrap_or(words.len().saturating_sub(1))).any(|word| word == "--")
}

/// Machines by the names of last time, their owners beside them.
pub fn machines() -> Vec<CompletionCandidate> {
    let names = snapshot::names(&said()).unwrap_or_default();
    let candidate = |n: snapshot::Name| CompletionCandidate::new(n.name).help(n.email.map(Into::into));
    names.into_iter().map(candidate).collect()
}

/// The folders that the half-written command line names.
fn said() -> Overrides {
    let words: Vec<_> = std::env::args_os().collect();
    let value = |flag: &str| {
        let at = words.iter().position(|word| word == flag)?;
        words.get(at + 1).map(PathBuf::from)
    };
    Overrides { data: value("--data"), team: value("--team"), ..Overrides::default() }
}
