//! The command line: arguments in, an operation run, text or JSON out.

/// Parses the process's arguments, runs, returns the exit code.
pub fn main() -> u8 {
    todo!()
}
