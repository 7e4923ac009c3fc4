//! Stages of bootstrapping, read from marker lines; progress and the time left.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// The stages in their order, as `assets/bootstrap` declares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Packages,
    Node,
    Identity,
    Vault,
    Openclaw,
    Config,
    Service,
    Ready,
}

impl Stage {
    pub const ALL: [Stage; 8] = [
        Self::Packages,
        Self::Node,
        Self::Identity,
        Self::Vault,
        Self::Openclaw,
        Self::Config,
        Self::Service,
        Self::Ready,
    ];

    pub fn word(self) -> &'static str {
        ["packages", "node", "identity", "vault", "openclaw", "config", "service", "ready"][self as usize]
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// How long the stage usually takes on a small VM; only its share of the whole matters.
    fn typical(self) -> Duration {
        Duration::seconds([60, 30, 10, 10, 90, 5, 25, 0][self as usize])
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Begin,
    Done,
    Failed,
}

/// `claw-stage <stage> <begin|done|failed> <RFC 3339 time>[ <text>]`, at the start of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    pub stage: Stage,
    pub mark: Mark,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// For `failed`: why and what to do.
    pub text: String,
}

impl Marker {
    /// Reads a log line, also behind a console prefix that ends in `: ` or `] `; anything that is not
    /// exactly a marker is `None`.
    pub fn parse(line: &str) -> Option<Self> {
        let at = line.find("claw-stage ")?;
        let before = &line[..at];
        if !(before.is_empty() || before.ends_with(": ") || before.ends_with("] ")) {
            return None;
        }
        let mut words = line[at..].trim_end().splitn(5, ' ').skip(1);
        let stage = Stage::from_word(words.next()?)?;
        let mark = match words.next()? {
            "begin" => Mark::Begin,
            "done" => Mark::Done,
            "failed" => Mark::Failed,
            _ => return None,
        };
        let at = OffsetDateTime::parse(words.next()?, &Rfc3339).ok()?;
        Some(Self { stage, mark, at, text: words.next().unwrap_or_default().to_owned() })
    }
}

/// Where a machine's bootstrap stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Markers seen, oldest first; each (stage, mark) at most once, the newest kept.
    pub markers: Vec<Marker>,
}

impl Progress {
    /// Takes a marker in. A repeated one replaces the earlier, so endless markers can't grow the list.
    pub fn push(&mut self, marker: Marker) {
        self.markers.retain(|m| (m.stage, m.mark) != (marker.stage, marker.mark));
        self.markers.push(marker);
    }

    /// The stage at work, or the last one finished.
    pub fn stage(&self) -> Option<Stage> {
        self.markers.last().map(|m| m.stage)
    }

    pub fn is_ready(&self) -> bool {
        self.markers.last().is_some_and(|m| m.stage == Stage::Ready && m.mark == Mark::Done)
    }

    /// Why it failed, if its last marker says so.
    pub fn failure(&self) -> Option<&Marker> {
        self.markers.last().filter(|m| m.mark == Mark::Failed)
    }

    fn find(&self, stage: Stage, mark: Mark) -> Option<&Marker> {
        self.markers.iter().find(|m| m.stage == stage && m.mark == mark)
    }

    fn is_done(&self, stage: Stage) -> bool {
        self.stage().is_some_and(|s| s > stage) || self.find(stage, Mark::Done).is_some()
    }

    /// How much slower (or faster) than typical the finished stages were; 1 before any finished.
    fn pace(&self) -> f64 {
        let (mut real, mut typical) = (0.0, 0.0);
        for stage in Stage::ALL {
            if let (Some(begin), Some(done)) = (self.find(stage, Mark::Begin), self.find(stage, Mark::Done)) {
                real += (done.at - begin.at).max(Duration::ZERO).as_seconds_f64();
                typical += stage.typical().as_seconds_f64();
            }
        }
        if typical > 0.0 && real > 0.0 { real / typical } else { 1.0 }
    }

    /// Typical seconds of work, done and in all, counting the stage at work by the time since it began.
    fn work(&self, now: OffsetDateTime) -> (f64, f64) {
        let (mut done, mut all) = (0.0, 0.0);
        for stage in Stage::ALL {
            let typical = stage.typical().as_seconds_f64();
            all += typical;
            if self.is_done(stage) {
                done += typical;
            } else if let Some(begin) = self.find(stage, Mark::Begin) {
                let gone = (now - begin.at).max(Duration::ZERO).as_seconds_f64() / self.pace();
                // A stage that takes longer than usual creeps towards its end and never reaches it.
                done += typical * (gone / (gone + typical / 2.0)).min(0.95);
            }
        }
        (done, all)
    }

    /// Estimated time to `ready`, from typical durations scaled by how this machine went so far.
    /// `None` before the first marker and after a failure.
    pub fn eta(&self, now: OffsetDateTime) -> Option<Duration> {
        if self.markers.is_empty() || self.failure().is_some() {
            return None;
        }
        if self.is_ready() {
            return Some(Duration::ZERO);
        }
        let (done, all) = self.work(now);
        Some(Duration::seconds_f64(((all - done) * self.pace()).max(1.0)))
    }

    /// How far it is, 0.0 to 1.0.
    pub fn fraction(&self, now: OffsetDateTime) -> f64 {
        if self.is_ready() {
            return 1.0;
        }
        let (done, all) = self.work(now);
        (done / all).clamp(0.0, 0.99)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(line: &str) -> Marker {
        Marker::parse(line).unwrap()
    }

    #[test]
    fn a_marker_is_read_with_and_without_a_console_prefix() {
        let plain = marker("claw-stage vault failed 2026-11-21T01:02:03Z no access; grant it");
        assert_eq!((plain.stage, plain.mark), (Stage::Vault, Mark::Failed));
        assert_eq!(plain.text, "no access; grant it");
        assert!(Marker::parse("[   12.3] cloud-init[9]: claw-stage node begin 2026-11-21T01:02:03Z").is_some());
    }

    #[test]
    fn what_only_resembles_a_marker_is_text() {
        for line in [
            "echo claw-stage node begin 2026-11-21T01:02:03Z",
            "claw-stage nodes begin 2026-11-21T01:02:03Z",
            "claw-stage node started 2026-11-21T01:02:03Z",
            "claw-stage node begin yesterday",
            "claw-stage node",
            "",
        ] {
            assert_eq!(Marker::parse(line), None, "{line}");
        }
    }

    #[test]
    fn progress_moves_forward_and_ends_at_ready() {
        let mut progress = Progress::default();
        let now = OffsetDateTime::from_unix_timestamp(1_795_224_100).unwrap();
        assert_eq!((progress.eta(now), progress.fraction(now)), (None, 0.0));
        progress.push(marker("claw-stage packages begin 2026-11-21T01:20:00Z"));
        progress.push(marker("claw-stage packages done 2026-11-21T01:21:00Z"));
        progress.push(marker("claw-stage node begin 2026-11-21T01:21:00Z"));
        let early = progress.fraction(now);
        assert!(early > 0.2 && early < 0.6, "{early}");
        assert!(progress.eta(now).unwrap() > Duration::ZERO);
        progress.push(marker("claw-stage ready done 2026-11-21T01:24:00Z"));
        assert_eq!((progress.eta(now), progress.fraction(now)), (Some(Duration::ZERO), 1.0));
        assert!(progress.is_ready());
    }

    #[test]
    fn a_failure_has_no_eta_and_a_resumed_stage_clears_it() {
        let mut progress = Progress::default();
        progress.push(marker("claw-stage vault failed 2026-11-21T01:20:00Z why"));
        assert!(progress.failure().is_some() && progress.eta(OffsetDateTime::UNIX_EPOCH).is_none());
        progress.push(marker("claw-stage vault begin 2026-11-21T01:21:00Z"));
        assert!(progress.failure().is_none());
        for _ in 0..1000 {
            progress.push(marker("claw-stage vault begin 2026-11-21T01:21:00Z"));
        }
        assert_eq!(progress.markers.len(), 2);
    }
}
