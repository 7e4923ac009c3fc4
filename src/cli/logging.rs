//! claw's own log: a file a day in its folder, and with `-v` lines on standard error.
//!
//! Secrets can't get in by mistake: they are `SecretString`s, which show as `[REDACTED]`. Nothing but claw's own lines
//! is written below a warning, since what HTTP libraries tell then holds headers and addresses with signatures.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Mutex,
};

use time::{Date, OffsetDateTime};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry::LookupSpan,
};

use super::stderr;
use crate::ops::{private, text::harmless};

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
    let screen = fmt::layer()
        .with_writer(Harmless(io::stderr))
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .log_internal_errors(false);
    let screen = (verbose > 0).then(|| screen.with_filter(ours(shown)));
    let file = data.and_then(|data| match file(data) {
        Ok(file) => Some(layer(Mutex::new(file))),
        Err(why) => {
            stderr::say(&format!("note: no log is written: {why}"));
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

/// What the log holds, a line an event.
pub fn layer<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    fmt::layer().with_writer(Harmless(writer)).with_ansi(false).with_filter(ours(LevelFilter::DEBUG))
}

/// Lines in which nothing steers a terminal, whoever's words are in them: a log is read in one, too.
struct Harmless<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Harmless<W> {
    type Writer = Harmless<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Harmless(self.0.make_writer())
    }
}

impl<W: Write> Write for Harmless<W> {
    /// A whole event at once, as `fmt` writes them.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = harmless(text.strip_suffix('\n').unwrap_or(&text));
        self.0.write_all((line + "\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn file(data: &Path) -> Result<Daily, String> {
    let mut daily = Daily { folder: data.join("logs"), open: None };
    daily.today().map_err(|e| e.to_string())?;
    Ok(daily)
}

/// A file a day, named by the day (UTC), for its owner only.
struct Daily {
    folder: PathBuf,
    open: Option<(Date, File)>,
}

impl Daily {
    /// Today's file; those beyond [`FILES`] go with the first line of a day.
    fn today(&mut self) -> io::Result<&mut File> {
        let day = OffsetDateTime::now_utc().date();
        if self.open.as_ref().is_none_or(|(of, _)| *of != day) {
            let file = self.make(day)?;
            self.remove_old();
            self.open = Some((day, file));
        }
        self.open.as_mut().map(|(_, file)| file).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn make(&self, day: Date) -> io::Result<File> {
        private::folder(&self.folder)?;
        private::open(File::options().create(true).append(true), &self.folder.join(format!("claw.{day}.log")))
    }

    fn remove_old(&self) {
        let is_ours = |path: &PathBuf| {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            name.starts_with("claw.") && name.ends_with(".log")
        };
        let found = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut logs: Vec<PathBuf> = found.filter(is_ours).collect();
        // The days sort as text.
        logs.sort();
        for old in logs.iter().rev().skip(FILES) {
            let _ = fs::remove_file(old);
        }
    }
}

impl Write for Daily {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.today()?.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::{ExposeSecret, SecretString};

    use super::*;

    #[test]
    fn a_secret_in_the_log_shows_that_it_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let secret = SecretString::from("s3cret-4711".to_owned());
        let log = tracing_subscriber::registry().with(layer(Mutex::new(file(folder.path()).unwrap())));
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

    #[test]
    fn nothing_in_the_log_steers_the_terminal_it_is_read_in() {
        let folder = tempfile::tempdir().unwrap();
        let log = tracing_subscriber::registry().with(layer(Mutex::new(file(folder.path()).unwrap())));
        let said = "\u{202e}x\r\u{1b}[2J\u{9b}2J\nINFO claw: forged";
        tracing::subscriber::with_default(log, || tracing::error!(message = said, cause = ?[said], "{said}"));
        let files: Vec<_> = fs::read_dir(folder.path().join("logs")).unwrap().flatten().collect();
        let text = fs::read_to_string(files[0].path()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text:?}");
        assert!(!text.trim_end().chars().any(|c| c.is_control() || c == '\u{202e}'), "{text:?}");
    }

    #[test]
    fn a_week_of_logs_is_kept_each_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        fs::create_dir(&logs).unwrap();
        for name in (1..=9).map(|day| format!("claw.2020-01-0{day}.log")).chain(["mine.txt".into()]) {
            fs::write(logs.join(name), "").unwrap();
        }
        file(folder.path()).unwrap().write_all(b"a line\n").unwrap();
        let mut names: Vec<String> =
            fs::read_dir(&logs).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!((names.len(), &*names[0], &*names[7]), (8, "claw.2020-01-04.log", "mine.txt"), "{names:?}");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&logs), mode(&logs.join(&names[6]))), (0o700, 0o600));
    }
}
