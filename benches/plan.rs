//! How long a plan takes for 1,000, 10,000 and 20,000 members: nobody has a machine yet, everybody has one, and one in
//! ten is to be mended. `cargo bench --bench plan`; the aim is under 5 ms and 60 ms, growing linearly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement that can't go on ends")]

use std::hint::black_box;

use claw::fleet;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

// The world that the planner's own tests apply plans to.
#[allow(dead_code, reason = "its builders serve the tests, too")]
#[path = "../src/fleet/plan/tests/model.rs"]
mod model;

fn plans(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(20);
    for size in [1_000_u32, 10_000, 20_000] {
        let desired = model::desired((0..size).map(|n| model::found(&format!("m{n:05}@x.org"))).collect());
        let options = fleet::plan::PlanOptions::default();
        let nothing = model::nothing();
        let first = fleet::plan::plan(&desired, &nothing, &options);
        let settled = model::apply(&desired, &nothing, &first);
        let again = fleet::plan::plan(&desired, &settled, &options);
        assert!(again.is_empty() && again.refusals.is_empty(), "{:?} {:?}", again.steps.first(), again.refusals);
        let mut worn = settled.clone();
        worn.instances.as_mut().unwrap().value.iter_mut().step_by(10).for_each(|i| i.host_key = None);
        group.throughput(Throughput::Elements(u64::from(size)));
        for (name, observed) in [("nothing there", &nothing), ("all as wanted", &settled), ("a tenth to mend", &worn)] {
            group.bench_function(BenchmarkId::new(name, size), |bench| {
                bench.iter(|| fleet::plan::plan(black_box(&desired), black_box(observed), &options));
            });
        }
    }
}

criterion_group!(benches, plans);
criterion_main!(benches);
