//! Faults drawn from a seed. Each draw depends on the seed, the request and how often it came before, not on what
//! came in between: the same day meets the same faults.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use serde::Deserialize;

use super::scenario::FaultKind;

/// `[chaos]` of a scenario.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChaosScript {
    pub seed: u64,
    /// Chance that a request meets a fault, from 0 to 1.
    pub rate: f64,
    /// The same for a connection to a machine's port 22; there are few of them. `rate` when absent.
    pub ssh_rate: Option<f64>,
    /// What may happen; everything when empty.
    pub kinds: Vec<FaultKind>,
}

/// The draws of one run.
#[derive(Default)]
pub struct Chaos {
    script: ChaosScript,
    is_calm: AtomicBool,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// How often each question was asked.
    asked: HashMap<String, u64>,
    struck: BTreeMap<FaultKind, usize>,
}

impl Chaos {
    pub fn new(script: ChaosScript) -> Self {
        Self { script, ..Self::default() }
    }

    /// No more faults from here on.
    pub fn calm(&self) {
        self.is_calm.store(true, Ordering::Relaxed);
    }

    /// How often each kind struck.
    pub fn struck(&self) -> BTreeMap<FaultKind, usize> {
        self.memory().struck.clone()
    }

    /// What hits a request, given as `METHOD host path`. What strikes operations is drawn by [`Self::dooms`].
    pub fn strike(&self, line: &str) -> Option<FaultKind> {
        let rate = self.script.ssh_rate.filter(|_| line.starts_with("CONNECT ")).unwrap_or(self.script.rate);
        self.draw(line, rate, |kind| !kind.is_of_operation() && kind.can_hit(line))
    }

    /// Where in a range the `nth` answer to this question breaks.
    pub fn place(&self, line: &str, nth: u64, range: std::ops::Range<u64>) -> u64 {
        range.start + hash(self.script.seed, line, nth) % (range.end - range.start).max(1)
    }

    /// Whether the operation that a request starts comes to this end.
    pub fn dooms(&self, line: &str, kind: FaultKind) -> bool {
        self.draw(&format!("{kind:?} {line}"), self.script.rate, |one| one == kind).is_some()
    }

    fn draw(&self, question: &str, rate: f64, fits: impl Fn(FaultKind) -> bool) -> Option<FaultKind> {
        if rate <= 0.0 || self.is_calm.load(Ordering::Relaxed) {
            return None;
        }
        let question = without_guids(question);
        let mut memory = self.memory();
        let times = memory.asked.entry(question.clone()).or_default();
        let drawn = hash(self.script.seed, &question, *times);
        *times += 1;
        // The upper bits say whether, the lower ones what.
        if (drawn >> 11) as f64 / (1_u64 << 53) as f64 >= rate {
            return None;
        }
        let kinds = if self.script.kinds.is_empty() { &FaultKind::ALL[..] } else { &self.script.kinds };
        let (few, any): (Vec<FaultKind>, Vec<FaultKind>) =
            kinds.iter().copied().filter(|kind| fits(*kind)).partition(|kind| kind.is_of_few());
        let is_few = any.is_empty() || !few.is_empty() && hash(drawn, "few", 0).is_multiple_of(2);
        let kinds = if is_few { few } else { any };
        let count = u64::try_from(kinds.len()).ok().filter(|count| *count > 0)?;
        let kind = kinds.get(usize::try_from(hash(drawn, "kind", 0) % count).ok()?).copied()?;
        *memory.struck.entry(kind).or_default() += 1;
        Some(kind)
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ids differ from run to run; what is asked does not.
fn without_guids(line: &str) -> String {
    let is_guid = |part: &str| part.len() == 36 && part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let parts: Vec<&str> = line.split('/').map(|part| if is_guid(part) { "*" } else { part }).collect();
    parts.join("/").to_ascii_lowercase()
}

/// FNV-1a, then a finaliser that lets every bit count (splitmix64's).
fn hash(seed: u64, text: &str, number: u64) -> u64 {
    let bytes = seed.to_le_bytes().into_iter().chain(text.bytes()).chain(number.to_le_bytes());
    let mut mixed =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chaos(seed: u64, rate: f64) -> Chaos {
        Chaos::new(ChaosScript { seed, rate, ..ChaosScript::default() })
    }

    #[test]
    fn a_seed_draws_the_same_faults_whatever_comes_between() {
        let line = "GET management.azure.com/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/x";
        let other = line.replace("0001/", "0002/");
        let (one, two) = (chaos(7, 0.5), chaos(7, 0.5));
        let first: Vec<_> = (0..50).map(|_| one.strike(line)).collect();
        let second: Vec<_> = (0..50).map(|n| (two.strike(&format!("GET h/{n}")), two.strike(&other)).1).collect();
        assert_eq!(first, second);
        assert!(first.iter().any(Option::is_some) && first.iter().any(Option::is_none));
        assert_ne!(first, (0..50).map(|_| chaos(8, 0.5).strike(line)).collect::<Vec<_>>());
    }

    #[test]
    fn what_can_hit_few_requests_hits_half_of_them() {
        for (line, kinds) in [
            (
                "PUT management.azure.com/x/providers/Microsoft.Resources/deployments/claw-7",
                "[QuotaExceeded, SkuNotAvailable]",
            ),
            ("GET management.azure.com/x/operations/7", "[Vanished]"),
            ("CONNECT 203.0.113.4:22", "[]"),
            ("GET management.azure.com/x", "[]"),
        ] {
            let chaos = chaos(3, 1.0);
            let few = (0..1000).filter(|_| chaos.strike(line).is_some_and(FaultKind::is_of_few)).count();
            let mut met: Vec<FaultKind> = chaos.struck().into_keys().collect();
            met.retain(|kind| kind.is_of_few());
            assert_eq!(format!("{met:?}"), kinds, "{line}");
            assert!(if met.is_empty() { few == 0 } else { (400..600).contains(&few) }, "{line}: {few}");
        }
    }

    #[test]
    fn a_port_22_meets_what_strikes_ssh_and_nothing_else_does() {
        let [ssh, https] = ["CONNECT 203.0.113.4:22", "GET management.azure.com/x/operations/7"].map(|line| {
            let chaos = chaos(5, 1.0);
            for _ in 0..2000 {
                chaos.strike(line);
            }
            chaos.struck().into_keys().map(|kind| format!("{kind:?}")).collect::<Vec<_>>()
        });
        assert_eq!(ssh, ["WrongHostKey", "SshReset", "SshHang", "SshFlood", "SshCut", "SshStall"]);
        assert!(https.len() > 15 && https.iter().all(|kind| !ssh.contains(kind)), "{https:?}");
    }

    #[test]
    fn faults_come_at_the_rate_of_the_script_and_stop_when_it_is_calm() {
        let chaos = chaos(1, 0.1);
        let hits = (0..10_000).filter(|n| chaos.strike(&format!("GET h /{n}")).is_some()).count();
        assert!((800..1200).contains(&hits), "{hits}");
        assert_eq!(chaos.struck().values().sum::<usize>(), hits);
        chaos.calm();
        assert!((0..1000).all(|_| chaos.strike("GET h /x").is_none()));
    }
}
