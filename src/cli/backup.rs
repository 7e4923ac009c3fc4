//! `claw backup` and `claw restore`.

use serde_json::json;

use super::{
    Output,
    args::{BackupArgs, RestoreArgs},
    confirm, stream,
};
use crate::ops::{OpsError, Session, backup, restore};

/// 0: all have an archive. 4: some have. 1: none has.
pub async fn backup(session: &Session, args: &BackupArgs, output: &Output) -> Result<u8, OpsError> {
    let folder = args.output.clone().unwrap_or_else(|| session.settings().data.join("backups"));
    let made = stream::show(output, |events| {
        let folder = &folder;
        async move { backup::backup(session, &args.names, folder, &args.recipient, &events).await }
    })
    .await?;
    if made.is_empty() {
        return Err(OpsError::failed("there are no machines to back up").with_remedy("claw up makes them"));
    }
    let backups: Vec<_> = made.iter().filter_map(|(_, made)| made.as_ref().ok()).collect();
    let failed: Vec<_> = made.iter().filter_map(|(machine, made)| Some((machine, made.as_ref().err()?))).collect();
    let failures: Vec<_> = failed.iter().map(|(machine, error)| json!({"machine": machine, "error": error})).collect();
    output.result("backup", &json!({"backups": backups, "failed": failures}), || {
        let mut lines: Vec<String> = backups.iter().map(|b| format!("{}: {}", b.machine, b.file.display())).collect();
        for (machine, error) in &failed {
            lines.push(format!("{machine}: no backup: {error}"));
            lines.extend(error.causes.iter().map(|cause| format!("  because: {cause}")));
        }
        super::Output::harmless_lines(&lines)
    });
    Ok(match (backups.len(), failed.len()) {
        (_, 0) => 0,
        (0, _) => 1,
        _ => 4,
    })
}

pub async fn restore(session: &Session, args: &RestoreArgs, output: &Output) -> Result<u8, OpsError> {
    let checked = restore::check(session, &args.name, &args.file, &args.identity, args.from_other).await?;
    if !checked.is_marked {
        output.note(&format!(
            "{} does not say whose it is; make sure that it is of {}",
            args.file.display(),
            args.name
        ));
    }
    let question = format!("{} of {} takes the place of what its gateway has now.", args.file.display(), args.name);
    confirm::yes(output, &question)?;
    let restored = restore::restore(session, checked).await?;
    output.result("restore", &restored, || {
        let line = format!(
            "{}: the gateway is well with its state of {} (OpenClaw {}); the state before lies in {} there",
            restored.machine, restored.created, restored.version, restored.before
        );
        super::Output::harmless_lines(&[line])
    });
    Ok(0)
}
