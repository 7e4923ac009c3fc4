//! Seeds, on as many threads as there are cores.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use claw::cli::logging;
use tracing_subscriber::layer::SubscriberExt;

use crate::{
    commands::{Log, Shared},
    counts::Counts,
    day::{self, Tally},
    endless, panics,
};

/// Of so many seeds one writes claw's log: unoptimised, that takes a quarter of a day's time.
const LOGGED: u64 = 4;

/// What all seeds came to.
#[derive(Default)]
pub struct Sum {
    pub seeds: u64,
    pub requests: usize,
    pub commands: usize,
    pub counts: Counts,
    /// Seed and what broke.
    pub broken: Vec<(u64, String)>,
}

/// One seed, from an empty subscription to its end.
pub fn one(seed: u64, key: &Path) -> Result<Tally, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let record = Shared::default();
    watched(seed, &record, day::live(seed, folder.path(), key, record.clone()))
}

/// A day in virtual time, with its log. A panic during it breaks it, whichever task's it was.
pub fn watched(seed: u64, record: &Shared, live: impl Future<Output = Result<Tally, String>>) -> Result<Tally, String> {
    let today = panics::Day::new(seed, record.clone());
    let elsewhere = today.clone();
    let others = Arc::new(AtomicU64::new(0));
    let counted = others.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .on_thread_start(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            elsewhere.begin();
        })
        .build()
        .expect("a runtime");
    let log = seed.is_multiple_of(LOGGED).then(Log::default);
    record.lock().expect("the record").logged.clone_from(&log);
    let lines = tracing_subscriber::registry().with(log.map(|log| logging::layer(move || log.clone())));
    today.begin();
    let _watch = endless::watch(&today);
    let live = || tracing::subscriber::with_default(lines, || runtime.block_on(live));
    let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(live));
    // What it left running ends with it, and may panic as it does.
    drop(runtime);
    let panicked = today.end();
    match (panicked, lived) {
        (Some(panicked), _) => Err(panicked),
        // Which of two threads is first is no matter of the seed.
        (None, Ok(Ok(_))) if others.load(Ordering::Relaxed) > 0 => {
            Err("it was not lived by one thread alone".to_owned())
        }
        (None, lived) => lived.unwrap_or_else(|_| Err("something panicked without a word".to_owned())),
    }
}

/// All of them; those that break are told as they do.
pub fn all(seeds: &[u64], key: &Path) -> Sum {
    let next = AtomicU64::new(0);
    let sum = Mutex::new(Sum::default());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) =
                    usize::try_from(next.fetch_add(1, Ordering::Relaxed)).ok().and_then(|n| seeds.get(n))
                {
                    add(&sum, *seed, one(*seed, key));
                }
            });
        }
    });
    sum.into_inner().expect("the sum")
}

fn add(sum: &Mutex<Sum>, seed: u64, lived: Result<Tally, String>) {
    let mut sum = sum.lock().expect("the sum");
    sum.seeds += 1;
    match lived {
        Ok(tally) => {
            sum.requests += tally.trace.len();
            sum.commands += tally.commands;
            sum.counts.add(tally.counts);
        }
        Err(broken) => {
            eprintln!("seed {seed}: {broken}\n{}\n", panics::again(seed));
            sum.broken.push((seed, broken));
        }
    }
}

/// The administrators' key: made once, since making keys is slow.
pub fn key(folder: &Path) -> PathBuf {
    use russh::keys::ssh_key::{LineEnding, PrivateKey, private::Ed25519Keypair};
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
    let path = folder.join("id_ed25519");
    std::fs::write(&path, key.to_openssh(LineEnding::LF).expect("a key").as_bytes()).expect("a key file");
    path
}
