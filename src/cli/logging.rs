//! claw's own log: a file a day in its folder, and with `-v` lines on standard error.
//!
//! Secrets can't get in by mistake: they are `SecretString`s, which show as `[REDACTED]`. Nothing but claw's own lines
//! is written below a warning, since what HTTP libraries tell then holds headers and addresses with signatures.

use std::path::Path;

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, registry::LookupSpan};

/// Days that are kept.
const FILES: usize = 7;

/// Starts it, once a process. `data` is claw's own folder, without which no file is written; `verbose` counts the
/// `-v`s. A log that can't be written is told and stops nothing.
pub fn start(verbose: u8, data: Option<&Path>) {
    let shown = match verbose {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let screen = fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false).without_time();
    let screen = (verbose > 0).then(|| screen.with_filter(ours(shown)));
    let file = data.and_then(|data| match file(data) {
        Ok(file) => Some(layer(file)),
        Err(why) => {
            eprintln!("note: no log is written: {why}");
            None
        }
    });
    // Set already where a test opens two sessions in one process.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(screen).with(file));
}

fn ours(level: LevelFilter) -> Targets {
    let others = level.min(LevelFilter::WARN);
    Targets::new().with_default(others).with_target("claw", level)
}

fn layer<S>(file: RollingFileAppender) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fmt::layer().with_writer(file).with_ansi(false).with_filter(ours(LevelFilter::DEBUG))
}

fn file(data: &Path) -> Result<RollingFileAppender, String> {
    let rolling = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("claw")
        .filename_suffix("log")
        .max_log_files(FILES);
    // It would complain aloud of a folder that is not there yet.
    std::fs::create_dir_all(data.join("logs")).map_err(|e| e.to_string())?;
    rolling.build(data.join("logs")).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use secrecy::{ExposeSecret, SecretString};

    use super::*;

    #[test]
    fn a_secret_in_the_log_shows_that_it_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let secret = SecretString::from("s3cret-4711".to_owned());
        let log = tracing_subscriber::registry().with(layer(file(folder.path()).unwrap()));
        tracing::subscriber::with_default(log, || {
            tracing::debug!(?secret, "a request");
            tracing::debug!(target: "hyper::proto", header = secret.expose_secret(), "what libraries tell");
        });
        let files: Vec<_> = std::fs::read_dir(folder.path().join("logs")).unwrap().flatten().collect();
        assert_eq!(files.len(), 1, "{files:?}");
        let text = std::fs::read_to_string(files[0].path()).unwrap();
        assert!(text.contains("a request") && text.contains("REDACTED"), "{text}");
        assert!(!text.contains("4711"), "{text}");
    }
}
