//! Where things are: cloud, files, keys. Flags win over the environment, that over `.env`, that over defaults.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{OpsError, key};
use crate::azure::{CloudSettings, Environment};

/// What the command line said.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--cloud`: `public`, `usgov`, `china` or a cloud file.
    pub cloud: Option<String>,
    pub team: Option<PathBuf>,
    pub secrets: Option<PathBuf>,
    /// `--data DIR`: claw's own folder (keys, known hosts, logs).
    pub data: Option<PathBuf>,
    pub read_only: bool,
}

/// Settled settings.
#[derive(Clone, Debug)]
pub struct Settings {
    pub cloud: CloudSettings,
    /// `./team.json` unless said otherwise.
    pub team: PathBuf,
    /// `./secrets.json` unless said otherwise; may be absent.
    pub secrets: PathBuf,
    pub data: PathBuf,
    /// Private SSH keys, tried in order. The first one's public half goes into new machines.
    pub ssh_keys: Vec<PathBuf>,
    /// `clawadmin`; `openclaw` is refused.
    pub admin: String,
    /// Over `fleet.resourceGroup` of team.json.
    pub resource_group: Option<String>,
    /// Over `fleet.location` of team.json.
    pub location: Option<String>,
    pub read_only: bool,
}

impl Settings {
    /// Reads the cloud file and `.env`; makes claw's own SSH key when none is named.
    pub fn load(overrides: &Overrides) -> Result<Self, OpsError> {
        let file = std::fs::read_to_string(".env").unwrap_or_default();
        let file = dotenv(&file);
        let look_up =
            |name: &str| std::env::var(name).ok().or_else(|| file.get(name).cloned()).filter(|v| !v.is_empty());
        Self::from(overrides, look_up)
    }

    fn from(overrides: &Overrides, look_up: impl Fn(&str) -> Option<String>) -> Result<Self, OpsError> {
        let mut cloud = cloud(overrides.cloud.clone().or_else(|| look_up("CLAW_CLOUD")).as_deref())?;
        if let Some(subscription) = look_up("AZURE_SUBSCRIPTION") {
            cloud.subscription = Some(subscription);
        }
        let admin = look_up("ADMIN_USERNAME").unwrap_or_else(|| "clawadmin".into());
        check_admin(&admin)?;
        let data = match overrides.data.clone().or_else(|| look_up("CLAW_DATA").map(PathBuf::from)) {
            Some(data) => data,
            None => directories::ProjectDirs::from("", "", "claw").map(|dirs| dirs.data_dir().to_owned()).ok_or_else(
                || OpsError::input("there is no home folder to keep claw's data in", "set CLAW_DATA to a folder"),
            )?,
        };
        make_private(&data)?;
        let ssh_keys = match look_up("SSH_KEY_PATH") {
            Some(path) => vec![existing_key(&path)?],
            None => vec![key::own(&data)?],
        };
        let secrets = overrides.secrets.clone().or_else(|| look_up("SECRETS_FILE").map(PathBuf::from));
        Ok(Self {
            cloud,
            team: overrides.team.clone().unwrap_or_else(|| "team.json".into()),
            secrets: secrets.unwrap_or_else(|| "secrets.json".into()),
            data,
            ssh_keys,
            admin,
            resource_group: look_up("RESOURCE_GROUP"),
            location: look_up("LOCATION"),
            read_only: overrides.read_only,
        })
    }
}

fn cloud(name: Option<&str>) -> Result<CloudSettings, OpsError> {
    match name {
        None | Some("public") => Ok(CloudSettings::public()),
        Some("usgov") => Ok(CloudSettings::of(Environment::UsGov)),
        Some("china") => Ok(CloudSettings::of(Environment::China)),
        Some(file) => CloudSettings::from_file(Path::new(file)).map_err(|e| OpsError::input(e.to_string(), e.remedy())),
    }
}

/// Azure refuses some names, and `openclaw` belongs to the gateway.
fn check_admin(name: &str) -> Result<(), OpsError> {
    let taken = ["openclaw", "admin", "root", "administrator", "user", "test", "guest"].contains(&name);
    let clean = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 32
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    if taken || !clean {
        let message = format!("ADMIN_USERNAME `{name}` can't be the administrator's name");
        return Err(OpsError::input(message, "use lower-case letters and digits, for example clawadmin"));
    }
    Ok(())
}

fn existing_key(path: &str) -> Result<PathBuf, OpsError> {
    let path = match (path.strip_prefix("~/"), directories::BaseDirs::new()) {
        (Some(rest), Some(dirs)) => dirs.home_dir().join(rest),
        _ => PathBuf::from(path),
    };
    // A public key named by mistake is the private one's neighbour.
    let path = if path.extension().is_some_and(|e| e == "pub") { path.with_extension("") } else { path };
    if path.is_file() {
        return Ok(path);
    }
    let message = format!("SSH_KEY_PATH: there is no key at {}", path.display());
    Err(OpsError::input(message, "name a private key, or unset it: claw then makes one of its own"))
}

/// Makes a folder that only its owner may enter.
pub(super) fn make_private(path: &Path) -> Result<(), OpsError> {
    let fail = |e: std::io::Error| {
        OpsError::input(format!("can't make the folder {}: {e}", path.display()), "choose another with --data DIR")
    };
    std::fs::create_dir_all(path).map_err(fail)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).map_err(fail)?;
    }
    Ok(())
}

/// `NAME=value` lines; quotes around a value and `export` before a name are taken off.
fn dotenv(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|l| !l.starts_with('#'));
    lines
        .filter_map(|line| {
            let (name, value) = line.trim_start_matches("export ").split_once('=')?;
            let value = value.trim();
            let bare = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
            let bare = bare.or_else(|| value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')));
            Some((name.trim().to_owned(), bare.unwrap_or(value).to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(overrides: &Overrides, env: &[(&str, &str)]) -> Result<Settings, OpsError> {
        let env: BTreeMap<_, _> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Settings::from(overrides, |name| env.get(name).cloned())
    }

    fn in_folder(folder: &Path) -> Overrides {
        Overrides { data: Some(folder.join("data")), ..Overrides::default() }
    }

    #[test]
    fn flags_win_and_a_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let env = [("SECRETS_FILE", "env.json"), ("RESOURCE_GROUP", "rg-env"), ("AZURE_SUBSCRIPTION", "s1")];
        let from_env = settings(&in_folder(folder.path()), &env).unwrap();
        assert_eq!(from_env.secrets, PathBuf::from("env.json"));
        assert_eq!(
            (from_env.resource_group.as_deref(), from_env.cloud.subscription.as_deref()),
            (Some("rg-env"), Some("s1"))
        );
        let flags = Overrides { secrets: Some("flag.json".into()), ..in_folder(folder.path()) };
        let from_flags = settings(&flags, &env).unwrap();
        assert_eq!(from_flags.secrets, PathBuf::from("flag.json"));
        assert_eq!(from_flags.ssh_keys, from_env.ssh_keys);
    }

    #[test]
    fn wrong_settings_say_what_would_be_right() {
        let folder = tempfile::tempdir().unwrap();
        for env in [
            ("ADMIN_USERNAME", "openclaw"),
            ("ADMIN_USERNAME", "a b"),
            ("SSH_KEY_PATH", "/no/key"),
            ("CLAW_CLOUD", "/no/file"),
        ] {
            let error = settings(&in_folder(folder.path()), &[env]).unwrap_err();
            assert_eq!(error.kind, super::super::ErrorKind::Input, "{error}");
            assert!(error.remedy.is_some());
        }
    }

    #[test]
    fn dotenv_lines_are_read_as_people_write_them() {
        let read = dotenv("# c\nexport A=\"x y\"\nB='z'\nC=1=2\nnonsense\n");
        assert_eq!(read["A"], "x y");
        assert_eq!((read["B"].as_str(), read["C"].as_str(), read.len()), ("z", "1=2", 3));
    }
}
