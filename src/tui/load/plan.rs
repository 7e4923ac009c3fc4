//! A window with a large plan.

use super::Load;
use crate::{
    fleet::{
        cost::Cost,
        desired::Desired,
        names::Names,
        observed::Observed,
        plan::{Plan, PlanOptions},
        step::{Action, Risk, Step, StepId},
    },
    ops::{
        Event,
        sync::{Goal, Planned},
    },
    tui::message::{Key, Message},
};

impl Load {
    /// A plan of so many steps, ten a machine; some of them run, some failed.
    pub fn plan(&mut self, steps: usize) {
        let step = |n: usize| Step {
            id: StepId(format!("step/{n:05}")),
            action: Action::EnsureGroup,
            risk: Risk::Safe,
            target: format!("claw-member{:04}", n / 10),
            description: format!("step {n} of claw-member{:04}, with the words that steps have", n / 10),
            after: (n > 0)
                .then(|| StepId(format!("step/{:05}", if n.is_multiple_of(10) { 0 } else { n - n % 10 })))
                .into_iter()
                .collect(),
        };
        let plan = Plan { steps: (0..steps).map(step).collect(), ..Plan::default() };
        let cost = Cost::Unknown { why: "nobody asked".into() };
        let goal = Goal::Up { options: PlanOptions::default(), from: Vec::new() };
        let names = Names { subscription: "s".into(), resource_group: "rg".into(), location: "eastus2".into() };
        let (desired, observed, problems) = (Desired::nobody(names), Observed::default(), Vec::new());
        self.take(Message::Planned(Box::new(Planned { goal, desired, observed, plan, cost, problems })));
        for n in (0..steps).step_by(3) {
            let step = StepId(format!("step/{n:05}"));
            self.take(Message::Event(match n % 2 {
                0 => Event::StepStarted { step },
                _ => Event::StepDone { step, seconds: 1.0 },
            }));
        }
    }

    /// Folds the step under the cursor.
    pub fn fold(&mut self) {
        self.take(Message::Key(Key::Left));
    }
}
