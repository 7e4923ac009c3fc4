//! Standard output is for results, standard error for everything else.

use std::{
    io::{ErrorKind, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use serde::Serialize;
use serde_json::{Value, json};

use super::{args::Cli, stderr};
use crate::ops::{
    Event, OpsError,
    text::{harmless, harmless_json, harmless_lines},
};

/// Results could not be written, as on a full disk.
static LOST: AtomicBool = AtomicBool::new(false);

/// Where results and notes go, and in which form.
#[derive(Clone, Debug)]
pub struct Output {
    pub json: bool,
    pub yes: bool,
    quiet: bool,
}

impl Output {
    pub fn new(cli: &Cli) -> Self {
        Self { json: cli.globals.json, yes: cli.globals.yes, quiet: cli.globals.quiet }
    }

    /// For what is told before the arguments are known.
    pub fn json() -> Self {
        Self { json: true, yes: false, quiet: false }
    }

    /// For notes beside what another program writes to standard output.
    pub fn without_json(&self) -> Self {
        Self { json: false, ..self.clone() }
    }

    /// Both a person's eyes and hands are there.
    pub fn is_interactive(&self) -> bool {
        !self.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// The result: a JSON document `claw/<name>/v1`, or the text.
    pub fn result(&self, name: &str, document: &impl Serialize, text: impl FnOnce() -> String) {
        if self.json { line(&tagged(name, document)) } else { write(&harmless_lines(&text())) }
    }

    /// A document that is JSON by itself, in either mode.
    pub fn document(&self, text: &str) {
        write(text);
    }

    /// A line of text on standard output; nothing in JSON mode.
    pub fn text(&self, text: &str) {
        if !self.json {
            write(&harmless_lines(text));
        }
    }

    /// An event as one line of JSON on standard output.
    pub fn event(&self, event: &Event) {
        if self.json {
            line(&tagged("event", event));
        }
    }

    /// Waits until nobody reads standard output any more, as after `claw logs NAME -f | head`. Never ends where
    /// that can't be told, as for a file.
    pub async fn closed() {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        loop {
            let out = std::io::stdout();
            let mut asked = [PollFd::new(&out, PollFlags::empty())];
            // A pipe without reader shows an error; a terminal that was closed shows that it hung up.
            if poll(&mut asked, Some(&now)).is_ok() && asked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    }

    /// Whether a result was lost on its way out, which no other code than 0 says already.
    pub fn lost() -> bool {
        LOST.load(Ordering::Relaxed)
    }

    /// Lines that can't steer the terminal.
    pub fn harmless_lines(lines: &[String]) -> String {
        lines.iter().map(|line| harmless(line)).collect::<Vec<_>>().join("\n")
    }

    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// A note on standard error.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            stderr::say(&harmless(text));
        }
    }

    /// Lines of another program on standard error.
    pub fn complaint(&self, text: &str) {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        stderr::show(&format!("{text}{end}"));
    }

    pub fn error(&self, error: &OpsError) {
        tracing::error!(kind = ?error.kind, causes = ?error.causes, "{}", error.message);
        if self.json {
            line(&tagged("error", error));
            return;
        }
        stderr::say(&format!("error: {}", harmless(&error.message)));
        for cause in &error.causes {
            stderr::say(&format!("  because: {}", harmless(cause)));
        }
        if let Some(remedy) = &error.remedy {
            stderr::say(&format!("help: {}", harmless(remedy)));
        }
    }
}

/// The document with its schema in front.
fn tagged(name: &str, document: &impl Serialize) -> Value {
    let mut tagged = json!({"schema": format!("claw/{name}/v1")});
    match (serde_json::to_value(document), &mut tagged) {
        (Ok(Value::Object(fields)), Value::Object(all)) => all.extend(fields),
        (Ok(other), Value::Object(all)) => {
            all.insert("value".into(), other);
        }
        _ => {}
    }
    tagged
}

fn line(value: &Value) {
    write(&harmless_json(&value.to_string()));
}

/// Whoever closed the pipe has read enough; that is no error.
fn write(text: &str) {
    let mut out = std::io::stdout().lock();
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    match write!(out, "{text}{end}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe && !LOST.swap(true, Ordering::Relaxed) => {
            stderr::say(&format!("error: the result can't be written to standard output: {error}"));
        }
        _ => {}
    }
}
