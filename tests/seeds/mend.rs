//! The end of a day: nothing goes wrong any more, and everything comes right.

use std::time::Duration;

use claw::{
    fleet::plan::PlanOptions,
    ops::{
        Events, apply,
        power::{self, Power},
        secrets, status,
        sync::{self, Planned},
    },
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{commands::confirm, day::Day, rules, team::slug_of};

/// Roles may take half an hour, and clocks are set back by up to 67 minutes, twice.
const HOURS: u32 = 4;

pub const RENAMED: &str = "a machine whose member is called otherwise since";

impl Day {
    /// The faults end, what is under way comes to its end, and the next clean `up` puts everything right.
    pub async fn mend(&mut self) -> Result<(), String> {
        self.rig.sim.calm();
        tokio::time::sleep(Duration::from_secs(2700)).await;
        self.watch.look(&self.rig, &self.record)?;
        self.clean_up("the first clean up").await?;
        let planned = self.plan_again().await?;
        let plan = &planned.plan;
        if let Some(step) = plan.steps.first() {
            return Err(format!("after a clean up a step is left: {} ({})", step.id, step.description));
        }
        rules::money(&self.rig, plan)?;
        // What waits for a machine that is off comes right once it is on.
        let session = self.session();
        let (events, _received) = Events::channel();
        let off = status::status(&session, true).await.map_err(|e| format!("a clean status fails: {e}"))?.value;
        let off = off.into_iter().filter(|row| row.email.as_ref().is_some_and(|e| self.team.emails().contains(e)));
        let off: Vec<String> = off.filter_map(|row| Some(row.machine?.name)).collect();
        let failed = power::power(&session, &off, Power::Start, &events, &CancellationToken::new()).await;
        let failed = failed.map_err(|e| format!("a clean start fails: {e}"))?;
        if let Some((name, error)) = failed.first() {
            return Err(format!("a clean start of {name} fails: {error}"));
        }
        self.clean_up("the clean up with all machines on").await?;
        let planned = self.plan_again().await?;
        if let Some(step) = planned.plan.steps.first() {
            return Err(format!("with all machines on a step is left: {}", step.id));
        }
        let held = planned.plan.held.iter().find(|held| self.team.emails().contains(&held.target));
        if let Some(held) = held {
            return Err(format!("with all machines on {} is held: {}", held.target, held.reason));
        }
        self.secrets_arrived()?;
        self.ready().await?;
        self.push_config().await?;
        self.watch.look(&self.rig, &self.record)?;
        self.watch.complete(&self.rig, &self.team)?;
        rules::money(&self.rig, &planned.plan)
    }

    async fn clean_up(&mut self, what: &str) -> Result<(), String> {
        let session = self.session();
        let (events, _received) = Events::channel();
        for leavers in [None, Some(1), Some(2), Some(3), Some(4), Some(5), Some(6)] {
            let options = PlanOptions { leavers, delete: Vec::new() };
            let planned = sync::plan(&session, &options, &events).await.map_err(|e| format!("{what}: no plan: {e}"))?;
            if !planned.plan.refusals.is_empty() && leavers != Some(6) {
                continue;
            }
            confirm(&planned, self.commands, &self.record);
            let applied = apply::apply(&session, &planned, &events, &CancellationToken::new()).await;
            let applied = applied.map_err(|e| format!("{what} is refused: {e}"))?;
            self.tell(format!("{what}: {} steps, {} failed", applied.done, applied.failed.len()));
            if let Some((step, error, _)) = applied.failed.first() {
                return Err(format!("{what}: {step} fails: {error}"));
            }
            break;
        }
        // As `up` does after its steps.
        secrets::check(&session).await.map_err(|e| format!("{what}: secrets.json is refused: {e}"))?;
        let mut pushed = secrets::push(&session, &events).await;
        // A clock that was set back makes roles wait anew, and longer than claw does.
        for _ in 0..HOURS * 6 {
            match &pushed {
                Err(error) if error.message.contains("observe propagation time") => {}
                _ => break,
            }
            tokio::time::sleep(Duration::from_secs(600)).await;
            pushed = secrets::push(&session, &events).await;
        }
        pushed.map_err(|e| format!("{what}: the secrets are not pushed: {e}"))?;
        Ok(())
    }

    /// Machines that waited for their secrets go on, and those that were off start: everybody's gets ready.
    async fn ready(&self) -> Result<(), String> {
        for _ in 0..HOURS * 6 {
            if self.late().is_none() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_secs(600)).await;
        }
        self.late().map_or(Ok(()), |(name, last)| {
            Err(format!("{name} is not ready after {HOURS} hours without a fault; its console says {last}"))
        })
    }

    /// A member's machine that is not ready, and its console's last lines.
    fn late(&self) -> Option<(String, String)> {
        let state = self.rig.sim.world().state();
        let late = state.machines.iter().filter(|(_, there)| !there.is_ready()).find(|(id, _)| {
            let owner = state.resources.get(*id).and_then(|vm| vm.body["tags"]["claw-member"].as_str());
            owner.is_some_and(|owner| self.team.has(owner))
        });
        late.map(|(_, there)| {
            let last = there.console().lines().rev().take(2).collect::<Vec<_>>().join(", after ");
            (there.spec.name.clone(), last)
        })
    }

    /// The vault holds what secrets.json says, for everybody of the team.
    fn secrets_arrived(&self) -> Result<(), String> {
        let text = std::fs::read_to_string(self.rig.folder.join("secrets.json")).expect("secrets.json");
        let wanted: Value = serde_json::from_str(&text).expect("secrets.json");
        let state = self.rig.sim.world().state();
        let own = state.machines.iter().filter_map(|(id, there)| {
            let owner = state.resources.get(id)?.body["tags"]["claw-member"].as_str()?;
            let at = self.team.members.iter().position(|member| member.is(owner))?;
            let name = there.spec.name.replacen("claw-", "openclaw-", 1);
            let email = self.team.emails().get(at)?.clone();
            if there.spec.name != format!("claw-{}", slug_of(&email)) {
                self.record.lock().expect("the record").counts.met(RENAMED);
            }
            Some((name, &wanted["members"][email]))
        });
        for (name, wanted) in own.chain([("openclaw-shared".to_owned(), &wanted["shared"])]) {
            let stored = state.secrets.values().find_map(|vault| vault.get(&name)).map(|stored| stored.value.as_str());
            let stored: Value = stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            if !wanted.is_null() && stored != *wanted {
                return Err(format!("the vault has {stored} as {name}, and secrets.json {wanted}"));
            }
        }
        Ok(())
    }

    /// Whose each machine is.
    pub fn owners(&self) -> Vec<(String, String)> {
        let state = self.rig.sim.world().state();
        let owner = |id: &String| Some(state.resources.get(id)?.body["tags"]["claw-member"].as_str()?.to_owned());
        state.machines.iter().filter_map(|(id, there)| Some((there.spec.name.clone(), owner(id)?))).collect()
    }

    async fn plan_again(&mut self) -> Result<Planned, String> {
        let session = self.session();
        let (events, _received) = Events::channel();
        let planned = sync::plan(&session, &PlanOptions::default(), &events).await;
        let planned = planned.map_err(|e| format!("a clean plan fails: {e}"))?;
        // It has no steps either.
        match planned.plan.refusals.first() {
            Some(refusal) => Err(format!("a clean plan is refused: {}", refusal.reason)),
            None => Ok(planned),
        }
    }
}
