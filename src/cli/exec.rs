//! `claw exec (--all|NAME…) -- CMD`.

use serde_json::json;

use tokio_util::sync::CancellationToken;

use super::{
    Output,
    args::{ExecArgs, Via},
    confirm,
};
use crate::ops::{
    OpsError, Session,
    exec_many::{self, How, Outcome, Ran},
    text::harmless,
};

/// On more machines than these a person is asked first.
const UNASKED: usize = 5;

/// Each machine's output as it comes in, with its name in front of every line. Exit code 0 when the command ended
/// with 0 everywhere, 4 when somewhere only, 1 when nowhere.
pub async fn run(
    session: &Session,
    args: &ExecArgs,
    output: &Output,
    cancel: &CancellationToken,
) -> Result<u8, OpsError> {
    let command = args.command.join(" ");
    let via = match args.via {
        Via::Ssh => exec_many::Via::Ssh,
        Via::RunCommand => {
            output.note("through Azure's agent: the command runs as root");
            exec_many::Via::RunCommand
        }
    };
    let chosen = exec_many::choose(session, &args.names).await?;
    if chosen.count() > UNASKED {
        confirm::yes(output, &format!("Run `{}` on {} machines?", harmless(&command), chosen.count()))?;
    }
    let (mut good, mut all, mut kept) = (0, 0, Vec::new());
    let how = How { via, most_failures: args.max_failures.map(|most| most.get()) };
    let left = exec_many::run(session, &chosen, &command, how, cancel, |ran| {
        all += 1;
        good += usize::from(ran.is_good());
        show(&ran, output);
        if output.json {
            kept.push(ran);
        }
    })
    .await?;
    if !chosen.off.is_empty() {
        output.note(&format!("left out, because they are off: {}", chosen.off.join(", ")));
    }
    if !left.is_empty() {
        output.note(&format!("not tried, because {} failed: {}", all - good, left.join(", ")));
    }
    kept.sort_by(|a, b| a.machine.cmp(&b.machine));
    let document = json!({"command": command, "machines": kept, "off": chosen.off, "not_tried": left});
    output.result("exec", &document, String::new);
    Ok(match (good, all + left.len()) {
        (good, all) if good == all => 0,
        (0, _) => 1,
        _ => 4,
    })
}

fn show(ran: &Ran, output: &Output) {
    let name = &ran.machine;
    if let Some(key) = &ran.new_host_key {
        output.note(&format!("{name}: took its host key {key}, which is not pinned; claw up pins it"));
    }
    if output.json {
        return;
    }
    match &ran.outcome {
        Outcome::Ended { code, stdout, stderr, truncated } => {
            stdout.lines().for_each(|line| output.text(&format!("{name}: {}", harmless(line))));
            stderr.lines().for_each(|line| eprintln!("{name}: {}", harmless(line)));
            if *truncated {
                output.note(&format!("{name}: there was more output than is kept; a part is left out"));
            }
            if *code != 0 {
                eprintln!("{name}: ended with {code}");
            }
        }
        Outcome::Failed { error } => {
            eprintln!("{name}: {}", harmless(&error.message));
            if let Some(remedy) = &error.remedy {
                eprintln!("{name}: help: {}", harmless(remedy));
            }
        }
    }
}
