//! Entry point: the command line decides, this only passes its exit code on.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(claw::cli::main())
}
