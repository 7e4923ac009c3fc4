//! `claw exec (--all|NAME…) -- CMD`.

use serde_json::json;

use tokio_util::sync::CancellationToken;

use super::{
    Output,
    args::{ExecArgs, Via},
    confirm,
};
use crate::ops::{
    ErrorKind, Event, OpsError, Session,
    event::Stream,
    exec_many::{self, How, LONGEST, Line, Outcome, Ran, Told},
    text::harmless,
};

/// On more machines than these a person is asked first.
const UNASKED: usize = 5;
const CUT: &str = "Azure's agent passes on the last 4 KiB of each output only, and what came before is lost; \
                   write it to a file there, or run it over SSH";

/// Each machine's output as it comes in, with its name in front of every line. Exit code 0 when the command ended
/// with 0 everywhere, 4 when somewhere only, 1 when nowhere. When nobody reads any more, what had ended counts.
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
    let chosen = tokio::select! {
        chosen = exec_many::choose(session, &args.names) => chosen?,
        () = cancel.cancelled() => return Err(OpsError::interrupted()),
    };
    if chosen.count() > UNASKED {
        confirm::yes(output, &format!("Run `{}` on {} machines?", harmless(&command), chosen.count()))?;
    }
    let how = How { via, most_failures: args.max_failures.map(|most| most.get()) };
    let (tell, mut told) = exec_many::channel();
    let mut shown = Shown { output, ran: Vec::new(), long: Vec::new() };
    let work = exec_many::run(session, &chosen, &command, how, cancel, tell);
    let show = async {
        while let Some(told) = told.recv().await {
            shown.take(told);
        }
    };
    let left = tokio::select! {
        (left, ()) = async { tokio::join!(work, show) } => left?,
        () = Output::closed() => return Ok(shown.code(0)),
    };
    if !chosen.off.is_empty() {
        output.note(&format!("left out, because they are off: {}", chosen.off.join(", ")));
    }
    shown.ran.sort_by(|a, b| a.machine.cmp(&b.machine));
    if let Some(cut_off) = shown.cut_off(&left) {
        return Err(cut_off);
    }
    if !left.is_empty() {
        let failed = shown.ran.len() - shown.good();
        output.note(&format!("not tried, because {failed} failed: {}", left.join(", ")));
    }
    let document = json!({"command": command, "machines": shown.ran, "off": chosen.off, "not_tried": left});
    output.result("exec", &document, String::new);
    Ok(shown.code(left.len()))
}

/// What was shown so far.
struct Shown<'a> {
    output: &'a Output,
    ran: Vec<Ran>,
    /// Machines of which it was said that a line comes in pieces.
    long: Vec<String>,
}

impl Shown<'_> {
    fn take(&mut self, told: Told) {
        match told {
            Told::Said { machine, stream, lines } => {
                self.say(&machine, stream, &lines);
                if lines.iter().any(|line| line.goes_on) && !self.long.contains(&machine) && !self.output.json {
                    let at_once = LONGEST / 1024;
                    self.output.note(&format!("{machine}: a line of more than {at_once} KiB is shown in pieces"));
                    self.long.push(machine);
                }
            }
            Told::Ran(ran) => {
                self.end(&ran);
                self.ran.push(ran);
            }
        }
    }

    fn say(&self, machine: &str, stream: Stream, lines: &[Line]) {
        if self.output.json {
            for Line { text, goes_on } in lines {
                let (machine, text) = (machine.to_owned(), text.clone());
                self.output.event(&Event::Said { machine, stream, text, goes_on: *goes_on });
            }
            return;
        }
        // In one piece, so that nothing comes between.
        let text: String = lines.iter().map(|line| format!("{machine}: {}\n", harmless(&line.text))).collect();
        match stream {
            Stream::Stdout => self.output.text(&text),
            Stream::Stderr => self.output.complaint(&text),
        }
    }

    fn end(&self, ran: &Ran) {
        let (output, name) = (self.output, &ran.machine);
        if let Some(key) = &ran.new_host_key {
            output.note(&format!("{name}: took its host key {key}, which is not pinned; claw up pins it"));
        }
        let (code, error) = match &ran.outcome {
            Outcome::Ended { code, cut } => {
                if *cut {
                    output.complaint(&format!("{name}: {CUT}"));
                }
                if *code != 0 && !output.json {
                    output.complaint(&format!("{name}: ended with {code}"));
                }
                (Some(*code), None)
            }
            Outcome::Failed { error } => {
                // The end tells of all that an interrupt cut off.
                if !output.json && error.kind != ErrorKind::Interrupted {
                    output.complaint(&format!("{name}: {}", harmless(&error.message)));
                    if let Some(remedy) = &error.remedy {
                        output.complaint(&format!("{name}: help: {}", harmless(remedy)));
                    }
                }
                (None, Some(error.message.clone()))
            }
        };
        output.event(&Event::Ended { machine: name.clone(), code, error });
    }

    fn good(&self) -> usize {
        self.ran.iter().filter(|ran| ran.is_good()).count()
    }

    /// The exit code, with so many machines that were left alone.
    fn code(&self, left: usize) -> u8 {
        match (self.good(), self.ran.len() + left) {
            (good, all) if good == all => 0,
            (0, _) => 1,
            _ => 4,
        }
    }

    /// The interrupt, when it cut something off: where, and what was left alone.
    fn cut_off(&self, left: &[String]) -> Option<OpsError> {
        let is_cut =
            |ran: &&Ran| matches!(&ran.outcome, Outcome::Failed { error } if error.kind == ErrorKind::Interrupted);
        let cut: Vec<&str> = self.ran.iter().filter(is_cut).map(|ran| ran.machine.as_str()).collect();
        if cut.is_empty() {
            return None;
        }
        let tried = if left.is_empty() { String::new() } else { format!("; not tried: {}", left.join(", ")) };
        let message = format!("interrupted; had not ended: {}{tried}", cut.join(", "));
        Some(OpsError::new(ErrorKind::Interrupted, message))
    }
}
