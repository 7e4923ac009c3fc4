//! One machine's config: try, push, look whether it is well, bring back.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::MachineDiff;
use crate::{
    fleet::{
        config_patch::{hidden_as, lists},
        instance::Instance,
    },
    ops::{OpsError, Session, gateway::PATIENCE},
    remote::{Gateway, GatewayError, Output, Remote, Target},
};

/// Content goes over standard input; these lines are all that a shell on the machine ever reads.
const TRY: &str = "sudo -n -u openclaw env HOME=/home/openclaw \
                   PATH=/opt/openclaw/bin:/opt/node/bin:/usr/local/bin:/usr/bin:/bin \
                   openclaw config patch --stdin --dry-run --json";
const COPY: &str = "sudo -n -u openclaw cp -p -- /home/openclaw/.openclaw/openclaw.json \
                    /home/openclaw/.openclaw/openclaw.json.claw-copy";
/// What has this name is whole: only a rename makes it.
const SAVE: &str = "sudo -n -u openclaw mv -f -- /home/openclaw/.openclaw/openclaw.json.claw-copy \
                    /home/openclaw/.openclaw/openclaw.json.claw-saved";
/// Only an accepted push takes the place of what the one before left to go back to.
const KEEP: &str = "sudo -n -u openclaw mv -f -- /home/openclaw/.openclaw/openclaw.json.claw-saved \
                    /home/openclaw/.openclaw/openclaw.json.claw-before";
const SHOW: &str = "sudo -n -u openclaw cat -- /home/openclaw/.openclaw/openclaw.json.claw-before";
const SHOW_SAVED: &str = "sudo -n -u openclaw cat -- /home/openclaw/.openclaw/openclaw.json.claw-saved";
/// Ends with 0 only where the two are the same.
const COMPARE_SAVED: &str = "sudo -n -u openclaw cmp -s -- /home/openclaw/.openclaw/openclaw.json \
                             /home/openclaw/.openclaw/openclaw.json.claw-saved";
const FORGET_SAVED: &str = "sudo -n -u openclaw rm -f -- /home/openclaw/.openclaw/openclaw.json.claw-saved";
/// What a rollback replaces, in case somebody still wants it.
const UNDO: &str = "sudo -n -u openclaw cp -p -- /home/openclaw/.openclaw/openclaw.json \
                    /home/openclaw/.openclaw/openclaw.json.claw-undone";
/// A rename: the gateway watches the file and never sees half of it.
const BRING_BACK: &str = "sudo -n -u openclaw mv -f -- /home/openclaw/.openclaw/openclaw.json.claw-before \
                          /home/openclaw/.openclaw/openclaw.json";
/// A gateway that ended for good (its unit does not restart it after exit 78) has to be started again.
const RESTART: &str = "sudo -n -u openclaw sh -c 'XDG_RUNTIME_DIR=/run/user/$(id -u) \
                       exec systemctl --user restart openclaw-gateway'";

/// How long a gateway may take to be well again: it starts in about 13 s (openclaw.md), longer on a small machine.
const WELL: Duration = Duration::from_secs(90);
/// How long one that answers may say that it is not well.
const ILL: Duration = Duration::from_secs(10);

pub struct Machine {
    remote: Remote,
    target: Target,
    /// Instead of [`WELL`].
    patience: Duration,
}

/// A config that a push has kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Kept {
    Json(Value),
    /// OpenClaw takes JSON5, of which claw reads strict JSON only.
    Unreadable,
}

impl Kept {
    fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(config) => Some(config),
            Self::Unreadable => None,
        }
    }
}

/// A gateway that can't be reached may come back; one that says it is ill does so rarely.
enum Unwell {
    Silent(OpsError),
    Ill(String),
}

impl Machine {
    pub fn of(session: &Session, instance: &Instance) -> Result<Self, OpsError> {
        Ok(Self { remote: session.remote().clone(), target: session.target(instance)?, patience: WELL })
    }

    #[cfg(test)]
    pub fn at(remote: Remote, target: Target, patience: Duration) -> Self {
        Self { remote, target, patience }
    }

    fn name(&self) -> &str {
        &self.target.machine
    }

    async fn gateway(&self) -> Result<Gateway, OpsError> {
        match timeout(PATIENCE, self.remote.gateway(&self.target)).await {
            Ok(gateway) => Ok(gateway?),
            Err(_) => Err(OpsError::failed(format!("the gateway of {} does not answer", self.name()))),
        }
    }

    /// The live config, secrets hidden by the gateway, and its hash.
    pub async fn live(&self) -> Result<(Value, String), OpsError> {
        let mut answer = self.gateway().await?.call("config.get", json!({})).await?;
        let unreadable = || OpsError::failed(format!("the gateway of {} sent no config", self.name()));
        let hash = answer.get("hash").and_then(Value::as_str).ok_or_else(unreadable)?.to_owned();
        let config = ["parsed", "sourceConfig"].iter().find(|key| answer.get(key).is_some_and(Value::is_object));
        Ok((config.map(|key| answer[*key].take()).ok_or_else(unreadable)?, hash))
    }

    async fn run(&self, command: &str, stdin: &[u8]) -> Result<Output, OpsError> {
        match timeout(Duration::from_secs(60), self.remote.exec(&self.target, command, stdin)).await {
            Ok(output) => Ok(output?),
            Err(_) => Err(OpsError::failed(format!("{} does not answer", self.name()))),
        }
    }

    /// Copies or renames a file there; `otherwise` says what it means when that fails.
    async fn file(&self, command: &str, otherwise: &str) -> Result<(), OpsError> {
        let output = self.run(command, b"").await?;
        if output.code == 0 {
            return Ok(());
        }
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(OpsError::failed(format!("{}: {otherwise}: {why}", self.name())))
    }

    /// Why the gateway's own check would not take the patch; `None` when it would.
    pub async fn tries(&self, patch: &Value) -> Result<Option<String>, OpsError> {
        let output = self.run(TRY, patch.to_string().as_bytes()).await?;
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        match answer.get("ok").and_then(Value::as_bool) {
            Some(true) => Ok(None),
            Some(false) => {
                let errors = answer.get("errors").and_then(Value::as_array).into_iter().flatten();
                let said: Vec<&str> = errors.filter_map(|e| e.get("message")?.as_str()).collect();
                let alone = answer.pointer("/error/message").and_then(Value::as_str).unwrap_or("it gave no reason");
                Ok(Some(if said.is_empty() { alone.to_owned() } else { said.join("; ") }))
            }
            None => {
                let why = String::from_utf8_lossy(&output.stderr);
                let last = why.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("no answer");
                Err(OpsError::failed(format!("{} can't try the config (exit {}): {last}", self.name(), output.code)))
            }
        }
    }

    /// The config before the last push.
    pub async fn saved(&self) -> Result<Option<Kept>, OpsError> {
        match self.cut_off().await? {
            Some(saved) => Ok(Some(saved)),
            None => self.kept(SHOW).await,
        }
    }

    /// What a command shows of what was kept; an empty file is nothing to go back to.
    async fn kept(&self, show: &str) -> Result<Option<Kept>, OpsError> {
        let output = self.run(show, b"").await?;
        if output.code != 0 || output.stdout.trim_ascii().is_empty() {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(&output.stdout).map_or(Kept::Unreadable, Kept::Json)))
    }

    /// What was there before a push that was cut off once the gateway had it; before that, the two are the same.
    async fn cut_off(&self) -> Result<Option<Kept>, OpsError> {
        let Some(saved) = self.kept(SHOW_SAVED).await? else { return Ok(None) };
        let is_live = match saved.json() {
            Some(saved) => {
                let (live, _) = self.live().await?;
                hidden_as(saved, &live) == live
            }
            None => self.run(COMPARE_SAVED, b"").await?.code == 0,
        };
        Ok((!is_live).then_some(saved))
    }

    /// Does what a push has left undone that was cut off, so that there is one config to go back to.
    async fn settle(&self) -> Result<(), OpsError> {
        match self.cut_off().await? {
            Some(_) => self.file(KEEP, "the config before a push that was cut off can't be kept").await,
            None => Ok(()),
        }
    }

    /// Compare and set, then a look whether the gateway is well; if not, the config before comes back.
    pub async fn push(&self, diff: &MachineDiff) -> Result<(), OpsError> {
        self.settle().await?;
        let gateway = self.gateway().await?;
        // Before the compare-and-set, which fails if this is not the config that was compared.
        let unchanged = "the config can't be kept, and was not changed";
        self.file(COPY, unchanged).await?;
        self.file(SAVE, unchanged).await?;
        let params =
            json!({"raw": diff.patch.to_string(), "baseHash": diff.base_hash, "replacePaths": lists(&diff.patch)});
        let answer = gateway.call("config.patch", params).await;
        let is_refused = match &answer {
            Ok(answer) => answer.get("ok").and_then(Value::as_bool) == Some(false),
            Err(error) => matches!(error, GatewayError::Refused { .. }),
        };
        if is_refused {
            // What is edited there later must not look like this push.
            let _ = self.run(FORGET_SAVED, b"").await;
        }
        let answer = answer.map_err(|e| unsure(self.name(), e))?;
        if is_refused {
            return Err(OpsError::failed(format!("the gateway of {} did not take the config", self.name())));
        }
        let kept = self.file(KEEP, "it has the new config, and the one before can't be kept").await;
        let restarts = answer.pointer("/sentinel/payload/stats/requiresRestart").and_then(Value::as_bool);
        if restarts == Some(true) {
            // What answers until then is the gateway as it was.
            let _ = timeout(self.patience, gateway.closed()).await;
        }
        drop(gateway);
        kept?;
        let Err(ill) = self.gets_well(None).await else { return Ok(()) };
        Err(match self.bring_back().await {
            Ok(()) => OpsError::failed(format!("{ill}; rolled back: it has the config before again and is well")),
            Err(error) => OpsError::failed(format!("{ill}; rolling back failed: {error}")),
        })
    }

    /// Puts the config before the last push back, unless the live one is another than was shown, by its hash.
    pub async fn roll_back(&self, shown: &str) -> Result<(), OpsError> {
        let before = self.before().await?;
        let (_, hash) = self.live().await?;
        if hash != shown {
            return Err(changed_since(self.name()));
        }
        self.file(UNDO, "its config can't be copied first, and was not changed").await?;
        self.put_back(&before).await
    }

    /// Puts the config before the last push back, whatever the live one is.
    pub async fn bring_back(&self) -> Result<(), OpsError> {
        let before = self.before().await?;
        // A full disk must not keep a gateway ill.
        let _ = self.run(UNDO, b"").await;
        self.put_back(&before).await
    }

    async fn before(&self) -> Result<Kept, OpsError> {
        let none = || OpsError::failed(format!("{} kept no config to go back to", self.name()));
        self.settle().await?;
        self.kept(SHOW).await?.ok_or_else(none)
    }

    /// Waits until the gateway has it and is well with it; what can't be read can't be compared.
    async fn put_back(&self, before: &Kept) -> Result<(), OpsError> {
        self.file(BRING_BACK, "its config can't be brought back").await?;
        if self.gets_well(before.json()).await.is_ok() {
            return Ok(());
        }
        // Whether there was anything to restart shows in a moment.
        let _ = self.run(RESTART, b"").await;
        self.gets_well(before.json()).await
    }

    /// Waits until the gateway is well, and has this config.
    async fn gets_well(&self, config: Option<&Value>) -> Result<(), OpsError> {
        let since = Instant::now();
        let mut ill_since = None;
        loop {
            let error = match self.is_well(config).await {
                Ok(()) => return Ok(()),
                Err(Unwell::Silent(error)) => {
                    ill_since = None;
                    error
                }
                Err(Unwell::Ill(why)) if ill_since.get_or_insert_with(Instant::now).elapsed() > ILL => {
                    return Err(OpsError::failed(format!("the gateway of {} is not well: {why}", self.name())));
                }
                Err(Unwell::Ill(why)) => OpsError::failed(why),
            };
            if since.elapsed() > self.patience {
                return Err(OpsError::failed(format!("the gateway of {} is not well: {error}", self.name())));
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn is_well(&self, wanted: Option<&Value>) -> Result<(), Unwell> {
        let gateway = self.gateway().await.map_err(Unwell::Silent)?;
        let silent = |e: GatewayError| Unwell::Silent(e.into());
        let health = gateway.call("health", json!({})).await.map_err(silent)?;
        if health.get("ok").and_then(Value::as_bool) != Some(true) {
            return Err(Unwell::Ill("its health says no".to_owned()));
        }
        let config = gateway.call("config.get", json!({})).await.map_err(silent)?;
        if config.get("valid").and_then(Value::as_bool) == Some(false) {
            return Err(Unwell::Ill("it calls its config invalid".to_owned()));
        }
        let live = config.get("parsed").unwrap_or(&Value::Null);
        // It reads its file anew a moment after the file has changed.
        if wanted.is_some_and(|wanted| hidden_as(wanted, live) != *live) {
            return Err(Unwell::Ill("it has another config than before".to_owned()));
        }
        Ok(())
    }
}

/// Only a refusal says that nothing was changed; a call whose answer did not come may have been heard.
pub fn unsure(machine: &str, error: GatewayError) -> OpsError {
    match error {
        refused @ GatewayError::Refused { .. } => refused.into(),
        lost => OpsError::failed(format!(
            "{lost}; nobody knows whether {machine} has the new config: claw config diff shows it"
        )),
    }
}

fn changed_since(machine: &str) -> OpsError {
    OpsError::failed(format!(
        "the config of {machine} was changed after it was compared, and was left as it is: claw config rollback \
         compares it again"
    ))
}
