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

use crate::{commands::confirm, day::Day, rules, team::object_id};

/// Roles may take half an hour, and clocks are set back by up to 67 minutes, twice.
const HOURS: u32 = 4;

/// A machine asks for its member's secret by the name that it was made with; once the member is called by another
/// address, claw lets it read only the secret of the new name.
const RENAMED: &str = "known defect: a renamed member's machine that can't read its secret";
/// `down --machines` keeps the disk of a VM whose creation failed, and no bootstrap is on it.
const NEVER_UP: &str = "known defect: a machine on the kept disk of one that never came up";

/// A machine that is not ready.
struct Late {
    name: String,
    /// Why, where that is known.
    defect: Option<&'static str>,
    /// The console's last lines.
    last: String,
}

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
        self.secrets_arrived(&planned)?;
        let stuck = self.ready().await?;
        self.push_config(&stuck).await?;
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

    /// Machines that waited for their secrets go on, and those that were off start: everybody's gets ready. Gives those
    /// that can't by a known defect.
    async fn ready(&self) -> Result<Vec<String>, String> {
        for _ in 0..HOURS * 6 {
            if self.late().is_empty() {
                return Ok(Vec::new());
            }
            tokio::time::sleep(Duration::from_secs(600)).await;
        }
        let mut stuck = Vec::new();
        for Late { name, defect, last } in self.late() {
            let Some(defect) = defect else {
                return Err(format!(
                    "{name} is not ready after {HOURS} hours without a fault; its console says {last}"
                ));
            };
            self.record.lock().expect("the record").counts.met(defect);
            stuck.push(name);
        }
        Ok(stuck)
    }

    /// Members' machines that are not ready.
    fn late(&self) -> Vec<Late> {
        let state = self.rig.sim.world().state();
        let late = state.machines.iter().filter(|(_, there)| !there.is_ready()).filter_map(|(id, there)| {
            let vm = &state.resources.get(id)?.body;
            let person = self.team.members.iter().find(|m| vm["tags"]["claw-member"] == object_id(m.person))?.person;
            let console = there.console();
            let is_on_kept_disk = vm["properties"]["storageProfile"]["osDisk"]["createOption"] == "Attach";
            let last = console.lines().rev().take(2).collect::<Vec<_>>().join(", after ");
            let is_renamed = self.team.renamed.contains(&person) && last.contains("access not granted yet");
            let defect = match console.contains("stage") {
                true if is_renamed => Some(RENAMED),
                false if is_on_kept_disk => Some(NEVER_UP),
                _ => None,
            };
            Some(Late { name: there.spec.name.clone(), defect, last })
        });
        late.collect()
    }

    /// The vault holds what secrets.json says, for everybody of the team.
    fn secrets_arrived(&self, planned: &Planned) -> Result<(), String> {
        let text = std::fs::read_to_string(self.rig.folder.join("secrets.json")).expect("secrets.json");
        let wanted: Value = serde_json::from_str(&text).expect("secrets.json");
        let own = planned.desired.members.iter().map(|m| (m.member.slug.secret(), &wanted["members"][&m.member.email]));
        let state = self.rig.sim.world().state();
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
        planned.map_err(|e| format!("a clean plan fails: {e}"))
    }
}
