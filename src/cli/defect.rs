//! A panic is a defect of claw's own. It ends the whole process at once, on whichever thread it is: nobody can vouch for
//! a state that half of a change was made to, and every command goes on where one was cut off.

use std::panic::{PanicHookInfo, set_hook};

use super::Output;
use crate::ops::{OpsError, redact::redacted};

/// Sees to it. Whoever takes the terminal over gives it back first, by a hook of their own before this one.
pub fn end_on_panic(output: Output) {
    set_hook(Box::new(move |info| {
        output.error(&error(info));
        #[expect(clippy::disallowed_methods, reason = "nothing that still runs can be trusted")]
        std::process::exit(1);
    }));
}

fn error(info: &PanicHookInfo<'_>) -> OpsError {
    let at = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
    let why = redacted(info.payload_as_str().unwrap_or("no reason is known"));
    OpsError::failed(format!("claw met a defect of its own{at}: {why}"))
        .with_remedy("run the same command again: what is done stays done; please report this line")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set in the program that is to panic.
    const CHILD: &str = "CLAW_TEST_DEFECT";

    /// Only panics where the other test has started it.
    #[test]
    fn child() {
        if std::env::var_os(CHILD).is_some() {
            end_on_panic(Output::json());
            let task = std::thread::spawn(|| panic!("provoked, with password=hunter2hunter2"));
            let _ = task.join();
            println!("went on");
        }
    }

    #[test]
    fn a_panic_on_any_thread_ends_claw_with_a_sentence() {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["cli::defect::tests::child", "--exact", "--nocapture"]).env(CHILD, "1");
        let ended = program.output().unwrap();
        let said = String::from_utf8(ended.stdout).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains(r#""schema":"claw/error/v1""#) && said.contains("defect.rs:"), "{said}");
        assert!(said.contains("provoked") && !said.contains("hunter2") && !said.contains("went on"), "{said}");
    }
}
