//! Arguments, as clap reads them.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCandidates;

pub use super::device_args::{ChannelAction, DeviceAction, Paired, PairedRole, Request};
use super::{
    completions::{Shell, machines},
    settings::SettingArgs,
};

/// Below the help of `claw completions`.
const COMPLETIONS: &str = "To load them:
  bash        source <(claw completions bash), in ~/.bashrc
  zsh         source <(claw completions zsh), in ~/.zshrc after compinit
  fish        claw completions fish >~/.config/fish/completions/claw.fish
  powershell  claw completions powershell | Out-String | Invoke-Expression, in $PROFILE";

/// Every member of a team gets their own OpenClaw machine on Azure; the whole fleet in one window.
///
/// Without a command, opens the window.
#[derive(Debug, Parser)]
#[command(
    name = "claw",
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 plan found changes,\n4 done in part, 5 refused for safety, 130 interrupted. `ssh` passes on the remote command's code."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub globals: Globals,
}

/// What stands before or behind any command.
#[derive(Debug, Args)]
pub struct Globals {
    /// Print JSON: one document, or one event a line with the result last
    #[arg(long, global = true)]
    pub json: bool,
    /// The team [default: ./team.json]
    #[arg(long, global = true, value_name = "FILE")]
    pub team: Option<PathBuf>,
    /// The secrets [default: ./secrets.json]
    #[arg(long, global = true, value_name = "FILE")]
    pub secrets: Option<PathBuf>,
    /// public, usgov, china, or a cloud file [env: CLAW_CLOUD]
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub cloud: Option<String>,
    /// claw's own folder: keys, known hosts, logs [env: CLAW_DATA]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Confirm beforehand whatever would be asked
    #[arg(long, global = true)]
    pub yes: bool,
    /// Change nothing
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Record what happens in the window into a new file, without secrets
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Say less on standard error
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say more on standard error; twice says everything that the log has
    #[arg(long, short, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    #[command(flatten)]
    pub settings: SettingArgs,
}

#[derive(Debug, Subcommand)]
// Arguments of the one command that runs, not of all of them.
#[command(defer = true)]
pub enum Command {
    /// Open the window on an embedded cloud: no Azure needed
    Demo,
    /// Run the embedded cloud alone
    Sim {
        /// Where cloud.json and ca.pem go
        #[arg(long)]
        dir: PathBuf,
        /// What happens when, as TOML
        #[arg(long)]
        scenario: Option<PathBuf>,
        /// Port on 127.0.0.1; 0 picks a free one
        #[arg(long, default_value_t = 0)]
        port: u16,
    },
    /// Say what would stop a first `up`, without changing anything
    Preflight {
        /// As for up: let SSH in from this range only
        #[arg(long, value_name = "CIDR")]
        from: Vec<String>,
    },
    /// Show what `up` would change
    Plan {
        #[command(flatten)]
        options: PlanArgs,
        /// Add ARM's own what-if for the infrastructure
        #[arg(long)]
        what_if: bool,
    },
    /// Make the fleet what team.json says
    Up(UpArgs),
    /// Show every machine
    ///
    /// States are asked for each time, addresses every ten minutes, or where a machine was made since.
    Status {
        /// Show every setting and where it came from instead; asks nobody
        #[arg(long)]
        explain_config: bool,
    },
    /// Show a machine's log
    Logs(LogArgs),
    /// Log into a machine, or run a command on it
    ///
    /// Needs no team.json: without one the machine is found by its tags, wherever you can read. One that is off is
    /// started first.
    Ssh(SshArgs),
    /// Print the lines to send to a member: how to get in, with claw and without
    Invite {
        /// Member, machine or e-mail
        #[arg(add = ArgValueCandidates::new(machines))]
        name: String,
    },
    /// Open a machine's gateway in the browser, through SSH, until Ctrl-C
    Open {
        /// Member, machine or e-mail [default: your own]
        #[arg(add = ArgValueCandidates::new(machines))]
        name: Option<String>,
        /// Start no browser, print a link that works once
        #[arg(long)]
        no_browser: bool,
    },
    /// Run a command on many machines at once
    ///
    /// Asks first where they are more than five. Exits with 4 where the command failed on some of them.
    Exec(ExecArgs),
    /// Connect standard input and output through the cloud's proxy
    #[command(hide = true)]
    Dial { host: String, port: u16 },
    /// Show the devices that are paired or ask to be
    Devices {
        #[command(subcommand)]
        action: Option<DeviceAction>,
    },
    /// Compare, push or roll back the OpenClaw config
    Config {
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Open SSH to an address range, or show who may come in
    Allow(AllowArgs),
    /// Say who uses their machine
    Idle {
        /// Deallocate the idle ones
        #[arg(long)]
        deallocate: bool,
        /// Go on until Ctrl-C
        #[arg(long)]
        watch: bool,
        /// How long between two looks
        #[arg(long, value_name = "DURATION", default_value = "5m", requires = "watch", value_parser = pause)]
        every: std::time::Duration,
    },
    /// Say what each machine has cost so far, what deallocation saved, and what was billed
    ///
    /// Amounts are estimates from list prices and from the hours in which claw looked; hours without a look are shown
    /// as unknown. What Azure billed is shown beside them where you may read it.
    Cost {
        /// Read the price list anew first
        #[arg(long)]
        refresh: bool,
    },
    /// Start machines
    Start {
        #[arg(required = true, add = ArgValueCandidates::new(machines))]
        names: Vec<String>,
    },
    /// Deallocate machines: no compute cost, data stays
    Stop {
        #[arg(required = true, add = ArgValueCandidates::new(machines))]
        names: Vec<String>,
    },
    /// Restart the gateways of machines
    Restart {
        #[arg(required = true, add = ArgValueCandidates::new(machines))]
        names: Vec<String>,
        /// Restart the machines themselves
        #[arg(long)]
        machine: bool,
    },
    /// Check each machine: service, health, addresses, audits, disk, clock, updates, versions
    ///
    /// Exits with 0 only when all is well, with 4 otherwise; what could not be seen is not well.
    Verify {
        /// Members, machines or e-mails [default: all machines]
        #[arg(add = ArgValueCandidates::new(machines))]
        names: Vec<String>,
    },
    /// Fetch the gateway's own verified archive, encrypted with age before it reaches a disk
    Backup(BackupArgs),
    /// Put an archive into a machine's gateway: sessions and pairings come back
    Restore(RestoreArgs),
    /// Bring another release of OpenClaw into service, one machine after the other
    ///
    /// Each machine is backed up first and has to be well afterwards; one that is not gets its release and its state
    /// back, and the rest are left alone.
    Upgrade(UpgradeArgs),
    /// Send secrets to the vault, or list them by name
    Secrets {
        #[command(subcommand)]
        action: SecretAction,
    },
    /// Show what was done from this computer: who, when, what, and how it ended
    Activity {
        /// Only since then: 2h, 3days, 2026-11-21
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Only what has all these words in it
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
    },
    /// Play a recording of the window: space holds it up, . is one message more, q leaves
    Replay {
        /// What --record wrote
        file: PathBuf,
    },
    /// Delete the whole fleet
    Down {
        /// Delete only the machines; their disks (but one that nothing ever ran on), the vault and the group stay, and `up` continues on the disks
        #[arg(long)]
        keep_data: bool,
    },
    /// Print the completions of a shell: machines by name, without asking the network
    #[command(after_help = COMPLETIONS)]
    Completions {
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page of claw, or of one command, as roff
    Man {
        /// Such as config push
        command: Vec<String>,
    },
    /// Print the JSON Schema of a file that claw reads, or of what it prints
    Schema {
        /// team, secrets, config or events; or a document, such as plan
        name: String,
        /// The document that claw prints, where a file has the same name
        #[arg(long)]
        document: bool,
    },
}

impl Command {
    /// Its name alone: what stands behind it may be anything.
    pub fn name(&self) -> String {
        let debug = format!("{self:?}");
        debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase()
    }

    /// Whether `--accept-new-host-key` was given.
    pub fn accepts_new_host_key(&self) -> bool {
        match self {
            Self::Ssh(args) => args.accept_new_host_key,
            Self::Exec(args) => args.accept_new_host_key,
            Self::Logs(args) => args.accept_new_host_key,
            _ => false,
        }
    }
}

/// A look asks every machine; without a pause between two it would ask them without end.
fn pause(text: &str) -> Result<std::time::Duration, String> {
    let pause = humantime::parse_duration(text).map_err(|e| format!("{e}; write it like 5m"))?;
    (pause.as_secs() > 0).then_some(pause).ok_or_else(|| "less than a second; write it like 5m".to_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Via {
    Ssh,
    RunCommand,
}

#[derive(Clone, Debug, Args)]
pub struct SshArgs {
    /// Member, machine or e-mail [default: your own machine]
    #[arg(add = ArgValueCandidates::new(machines))]
    pub name: Option<String>,
    /// Refuse where the machine is off, instead of starting it
    #[arg(long)]
    pub no_start: bool,
    /// Write entries for OpenSSH's own configuration instead, so that scp, rsync and editors find the machines
    ///
    /// A machine is called claw-NAME and claw-NAME.GROUP. Where two fleets have the same name, the short one stays with
    /// the fleet that had it first. With a name only that entry is written, otherwise the whole fleet's, and those of
    /// machines that are gone are taken out. Other fleets' entries stay.
    #[arg(long, conflicts_with = "command")]
    pub config: bool,
    /// Connect standard input and output to the machine's SSH server; the entries' ProxyCommand
    #[arg(long, hide = true, conflicts_with_all = ["command", "config"])]
    pub stdio: bool,
    /// Have a good certificate ready; the entries' Match exec
    #[arg(long, hide = true, conflicts_with_all = ["command", "config", "stdio"])]
    pub renew: bool,
    /// Take the host key that the machine shows when none is pinned yet
    #[arg(long)]
    pub accept_new_host_key: bool,
    /// Command to run there
    #[arg(last = true)]
    pub command: Vec<String>,
}

#[derive(Clone, Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["all", "names"])))]
pub struct ExecArgs {
    /// On every running machine
    #[arg(long)]
    pub all: bool,
    /// Members, machines or e-mails
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(machines))]
    pub names: Vec<String>,
    /// The way in: run-command needs no SSH and runs as root, through Azure's agent
    #[arg(long, value_enum, default_value_t = Via::Ssh)]
    pub via: Via,
    /// Leave the rest alone once the command has failed on this many; never more are at work than may still fail
    #[arg(long, value_name = "N")]
    pub max_failures: Option<std::num::NonZeroUsize>,
    /// Take the host key that a machine shows when none is pinned yet
    #[arg(long)]
    pub accept_new_host_key: bool,
    /// Command to run there
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<String>,
}

#[derive(Clone, Debug, Default, Args)]
pub struct PlanArgs {
    /// How many members are expected to have left
    #[arg(long, value_name = "N")]
    pub leavers: Option<usize>,
    /// Delete this machine of somebody who left
    #[arg(long, value_name = "MACHINE")]
    pub delete: Vec<String>,
    /// Let SSH in from this range only, instead of what team.json says
    #[arg(long, value_name = "CIDR")]
    pub from: Vec<String>,
}

#[derive(Clone, Debug, Default, Args)]
pub struct UpArgs {
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Do not wait until the new machines are ready
    #[arg(long)]
    pub no_wait: bool,
    /// Only cancel the deployments that an interrupted `up` has left running
    #[arg(long, conflicts_with_all = ["leavers", "delete", "from", "no_wait"])]
    pub cancel: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    Bootstrap,
    Console,
    Gateway,
}

#[derive(Clone, Debug, Args)]
pub struct LogArgs {
    /// Member, machine or e-mail
    #[arg(add = ArgValueCandidates::new(machines))]
    pub name: String,
    /// Go on as the log grows
    #[arg(long, short)]
    pub follow: bool,
    #[arg(long, value_enum, default_value_t = Source::Bootstrap)]
    pub source: Source,
    /// Take the host key that the machine shows when none is pinned yet
    #[arg(long)]
    pub accept_new_host_key: bool,
}

#[derive(Clone, Debug, Args)]
pub struct BackupArgs {
    /// Members, machines or e-mails
    #[arg(required_unless_present = "all", conflicts_with = "all", add = ArgValueCandidates::new(machines))]
    pub names: Vec<String>,
    /// Every machine
    #[arg(long)]
    pub all: bool,
    /// Where the archives go [default: backups in claw's own folder]
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Who can open them: age1… or a public SSH key [default: your SSH key]
    #[arg(long, value_name = "KEY")]
    pub recipient: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub struct UpgradeArgs {
    /// Members, machines or e-mails
    #[arg(required_unless_present = "all", conflicts_with = "all", add = ArgValueCandidates::new(machines))]
    pub names: Vec<String>,
    /// Every machine
    #[arg(long)]
    pub all: bool,
    /// The exact version [default: fleet.openclawVersion of team.json]
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub struct RestoreArgs {
    /// Member, machine or e-mail
    #[arg(add = ArgValueCandidates::new(machines))]
    pub name: String,
    /// What claw backup made
    pub file: PathBuf,
    /// A private SSH key, or a file with an age key [default: your SSH key]
    #[arg(long, value_name = "FILE")]
    pub identity: Vec<PathBuf>,
    /// Also when it was made of another member's machine
    #[arg(long)]
    pub from_other: bool,
}

#[derive(Clone, Debug, Args)]
pub struct AllowArgs {
    /// A range such as 203.0.113.0/24, or one address
    #[arg(value_name = "CIDR")]
    pub cidr: Option<String>,
    /// Only to this machine
    #[arg(long = "for", value_name = "NAME", requires = "cidr", add = ArgValueCandidates::new(machines))]
    pub machine: Option<String>,
    /// Take back what the same command without --remove added
    #[arg(long, requires = "cidr")]
    pub remove: bool,
}

#[derive(Clone, Debug, Subcommand)]
pub enum ConfigAction {
    /// Show what a push would change, which is also what drifted since the last one
    Diff {
        /// An OpenClaw config in JSON [default: openclaw.template.json beside team.json, or else the shipped one]
        file: Option<PathBuf>,
    },
    /// Push a config to every running machine: one first, then the rest, back and stop when one is not well
    Push {
        /// As for diff
        file: Option<PathBuf>,
    },
    /// Bring back the config from before the last push
    Rollback {
        /// Members or machines; all that have one when none is named
        #[arg(add = ArgValueCandidates::new(machines))]
        names: Vec<String>,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub enum SecretAction {
    /// Send secrets.json to the vault
    Push {
        /// Let machines that are on take what changed at once, instead of within the hour
        #[arg(long)]
        reload: bool,
    },
    /// Names and ages of what the vault holds
    List,
}
