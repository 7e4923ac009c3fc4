//! The machines as claw last saw them: the window's first frame, and what completions offer. Asks nobody.

mod picture;

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{
    OpsError, Session, Settings,
    settings::{Overrides, data_folder_of},
};
use crate::fleet::{
    instance::Instance,
    names::Names,
    seen::Seen,
    team::{FleetSettings, Team, fleet_of},
};

type Machines = Seen<Vec<Instance>>;

const FOLDER: &str = "fleets";
const EXTENSION: &str = "machines";
/// Bytes; ten thousand machines have some three million.
const LARGEST: u64 = 64 << 20;
/// For so long an address is taken to be a machine's still: Azure gives claw's machines static ones.
const LATELY: time::Duration = time::Duration::minutes(10);

/// One machine, by the names that commands take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name people use for it.
    pub name: String,
    pub email: Option<String>,
}

/// Keeps what is shown of the machines in claw's own folder, and when their addresses were asked for. A folder that
/// can't be written costs the next first frame, nothing else.
pub(super) fn keep(session: &Session, names: &Names, machines: &[Instance], addressed: OffsetDateTime) {
    let path = path(&session.settings().data, &names.subscription, &names.resource_group);
    if let Err(error) = write(&path, machines, addressed) {
        tracing::warn!(%error, path = %path.display(), "what the machines look like could not be kept");
    }
}

/// The fleet of these settings as it was last seen; `None` where it never was, or what was kept can't be read.
pub fn last(settings: &Settings) -> Option<Machines> {
    // The window waits for this: its members are of no interest here.
    let fleet = match fs::read_to_string(&settings.team) {
        Ok(text) => fleet_of(&text)?,
        Err(error) if error.kind() == ErrorKind::NotFound && !settings.team_named => FleetSettings::default(),
        Err(_) => return None,
    };
    let (group, _) = settings.place(&Team { fleet, ..Team::default() }).ok()?;
    let path = path(&settings.data, settings.cloud.subscription.as_deref()?, &group);
    read(&path).inspect_err(|error| tracing::warn!(%error, "the last picture of the machines is of no use")).ok()?
}

/// The machines of a picture whose addresses were asked for a moment ago, and when; none otherwise.
pub(super) fn lately(settings: &Settings, names: &Names) -> Option<Machines> {
    let machines = read(&path(&settings.data, &names.subscription, &names.resource_group)).ok().flatten();
    machines.filter(|seen| is_recent(OffsetDateTime::now_utc() - seen.at))
}

/// One from the future is of a clock that was set back.
fn is_recent(age: time::Duration) -> bool {
    !age.is_negative() && age < LATELY
}

fn path(data: &Path, subscription: &str, group: &str) -> PathBuf {
    data.join(FOLDER).join(format!("{}.{EXTENSION}", stem(subscription, group)))
}

/// What a fleet's files are called: its group's name for people, its subscription's hash so that two of that name are
/// kept apart.
pub(super) fn stem(subscription: &str, group: &str) -> String {
    let hash = Sha256::digest(subscription.to_ascii_lowercase().as_bytes());
    let short: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{short}", group.to_ascii_lowercase())
}

fn write(path: &Path, machines: &[Instance], addressed: OffsetDateTime) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    super::private::folder(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&picture::of(machines, addressed).map_err(std::io::Error::other)?)?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

fn read(path: &Path) -> Result<Option<Machines>, OpsError> {
    let unread = |e: std::io::Error| OpsError::failed(format!("{} can't be read: {e}", path.display()));
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() && meta.len() <= LARGEST => {}
        // A pipe or a device would be read without an end.
        Ok(_) => return Err(OpsError::failed(format!("{} is no file that claw wrote", path.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unread(error)),
    }
    let bytes = fs::read(path).map_err(unread)?;
    let machines = picture::parse(&bytes);
    machines.map(Some).map_err(|e| OpsError::failed(format!("{} is no list of machines: {e}", path.display())))
}

/// The names in the picture taken last, of whichever fleet; none where there is none. Makes no folder.
pub fn names(overrides: &Overrides) -> Result<Vec<Name>, OpsError> {
    let folder = data_folder_of(overrides)?.join(FOLDER);
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let kept = entries.flatten().filter(|entry| entry.path().extension().is_some_and(|e| e == EXTENSION));
    let newest = kept.max_by_key(|entry| entry.metadata().and_then(|m| m.modified()).ok());
    let machines = newest.map(|entry| read(&entry.path())).transpose()?.flatten();
    let name = |i: Instance| Name { name: i.short().to_owned(), email: i.email };
    Ok(machines.map(|seen| seen.value.into_iter().map(name).collect()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use time::ext::NumericalDuration;

    use super::*;

    #[test]
    fn what_is_no_file_or_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, large) = (folder.path().join("pipe"), folder.path().join("large"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        fs::File::create(&large).unwrap().set_len(LARGEST + 1).unwrap();
        for path in [Path::new("/dev/zero"), folder.path(), &pipe, &large] {
            assert!(read(path).is_err(), "{}", path.display());
        }
        assert!(read(&folder.path().join("absent")).unwrap().is_none());
    }

    #[test]
    fn addresses_are_known_for_ten_minutes_and_not_from_the_future() {
        let ages = [0.seconds(), 599.seconds(), 600.seconds(), (-1).seconds()];
        assert_eq!(ages.map(is_recent), [true, true, false, false]);
    }
}
