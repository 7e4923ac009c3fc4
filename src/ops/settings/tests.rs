//! Which source wins, and what is said of it.

use std::{collections::BTreeMap, fs, path::Path};

use super::*;
use crate::{azure::CredentialSettings, fleet::team, ops::ErrorKind};

const ONE: &str = "00000000-0000-4000-8000-000000000001";
const TWO: &str = "00000000-0000-4000-8000-000000000002";

fn settings(overrides: &Overrides, env: &[(&str, &str)]) -> Result<Settings, OpsError> {
    let env: BTreeMap<_, _> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Settings::from(overrides, &|name| env.get(name).cloned())
}

fn in_folder(folder: &Path) -> Overrides {
    Overrides { data: Some(folder.join("data")), team: Some(folder.join("team.json")), ..Overrides::default() }
}

/// The origin and the value of one row, as `--explain-config` shows them.
fn shown(settings: &Settings, name: &str) -> (String, String) {
    let text = fs::read_to_string(&settings.team).unwrap_or_else(|_| r#"{"members":[]}"#.into());
    let rows = explain(settings, &team::parse(&text).unwrap().team).unwrap();
    let row = rows.into_iter().find(|r| r.name == name).unwrap();
    (row.value.unwrap_or_default(), row.origin.to_string())
}

#[test]
fn each_source_wins_over_the_one_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let both = |settings: Settings| shown(&settings, "group");
    let mut overrides = in_folder(folder.path());
    assert_eq!(both(settings(&overrides, &[]).unwrap()), ("openclaw-rg".into(), "default".into()));
    fs::write(at("team.json"), "{\"members\":[],\n\"fleet\":{\n\"resourceGroup\":\"rg-team\"}}").unwrap();
    let line = format!("{}:3", at("team.json").display());
    assert_eq!(both(settings(&overrides, &[]).unwrap()), ("rg-team".into(), line));
    fs::write(at(".env"), "# ours\nRESOURCE_GROUP=rg-dotenv\n").unwrap();
    let line = format!("{}:2", at(".env").display());
    assert_eq!(both(settings(&overrides, &[]).unwrap()), ("rg-dotenv".into(), line));
    let env = [("RESOURCE_GROUP", "rg-env")];
    let variable = "variable RESOURCE_GROUP".to_owned();
    assert_eq!(both(settings(&overrides, &env).unwrap()), ("rg-env".into(), variable));
    overrides.group = Some("rg-flag".into());
    assert_eq!(both(settings(&overrides, &env).unwrap()), ("rg-flag".into(), "flag --group".into()));
}

#[test]
fn all_six_names_of_the_environment_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let key = key::own(folder.path()).unwrap();
    let env = [
        ("AZURE_SUBSCRIPTION", ONE),
        ("RESOURCE_GROUP", "rg"),
        ("LOCATION", "westeurope"),
        ("SSH_KEY_PATH", key.to_str().unwrap()),
        ("SECRETS_FILE", "s.json"),
        ("ADMIN_USERNAME", "boss"),
    ];
    let text: String = env.iter().map(|(name, value)| format!("{name}='{value}'\n")).collect();
    fs::write(folder.path().join(".env"), text).unwrap();
    let read = settings(&in_folder(folder.path()), &[]).unwrap();
    assert_eq!(read.cloud.subscription.as_deref(), Some(ONE));
    assert_eq!(read.place(&Team::default()).unwrap(), ("rg".into(), "westeurope".into()));
    // What `.env` names lies beside it.
    assert_eq!((read.secrets, read.admin.as_str()), (folder.path().join("s.json"), "boss"));
    assert_eq!(read.ssh_keys, [key]);
    let over = settings(&in_folder(folder.path()), &[("AZURE_SUBSCRIPTION", TWO), ("SECRETS_FILE", "e.json")]).unwrap();
    assert_eq!((over.cloud.subscription.as_deref(), over.secrets), (Some(TWO), "e.json".into()));
}

/// They would lead tokens, secrets and keys where the writer of the file likes.
#[test]
fn whom_claw_talks_to_and_where_its_keys_are_is_no_matter_of_the_teams_file() {
    let folder = tempfile::tempdir().unwrap();
    let read = |env: &str| {
        fs::write(folder.path().join(".env"), env).unwrap();
        settings(&in_folder(folder.path()), &[("CLAW_CLOUD", "public")])
    };
    for line in ["CLAW_CLOUD=cloud.json", "CLAW_DATA=./data", "ADDRESS_SERVICES=https://evil.example/ip"] {
        let error = read(&format!("# ours\n{line}\n")).unwrap_err();
        let name = line.split('=').next().unwrap();
        assert_eq!(error.kind, ErrorKind::Input, "{error}");
        assert!(error.message.contains(&format!(".env:2: {name} is not taken")) && error.remedy.is_some(), "{error}");
    }
    // One of the clouds that everybody knows leads nowhere else.
    fs::write(folder.path().join(".env"), "CLAW_CLOUD=usgov\n").unwrap();
    let read = settings(&in_folder(folder.path()), &[]).unwrap();
    assert_eq!(read.said("cloud"), Some("usgov"));
}

#[test]
fn wrong_settings_say_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    for env in [
        ("ADMIN_USERNAME", "openclaw"),
        ("AZURE_SUBSCRIPTION", "My Subscription"),
        ("LOCATION", "East US 2"),
        ("RESOURCE_GROUP", "a/b"),
        ("SSH_KEY_PATH", "/no/key"),
        ("CLAW_CLOUD", "/no/file"),
        ("SSL_CERT_FILE", "/no/file.pem"),
    ] {
        let error = settings(&in_folder(folder.path()), &[env]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Input, "{error}");
        assert!(error.remedy.is_some() && (error.message.contains(env.0) || env.0 == "CLAW_CLOUD"), "{error}");
    }
    fs::write(folder.path().join("team.json"), "{\"members\":[],\n\"fleet\":{\"location\":\"East US\"}}").unwrap();
    let read = settings(&in_folder(folder.path()), &[]).unwrap();
    let file = team::parse(&fs::read_to_string(&read.team).unwrap()).unwrap();
    let error = read.place(&file.team).unwrap_err();
    assert!(error.message.contains("team.json:2"), "{error}");
}

#[test]
fn the_first_complete_credential_is_taken_and_said_without_its_secret() {
    let folder = tempfile::tempdir().unwrap();
    let principal = [("AZURE_TENANT_ID", ONE), ("AZURE_CLIENT_ID", TWO), ("AZURE_CLIENT_SECRET", "hush")];
    let workload = [("AZURE_TENANT_ID", ONE), ("AZURE_CLIENT_ID", TWO), ("AZURE_FEDERATED_TOKEN_FILE", "/t")];
    let cases = [
        (&principal[..], "service principal", "variable AZURE_CLIENT_SECRET"),
        (&workload[..], "workload identity", "variable AZURE_FEDERATED_TOKEN_FILE"),
        (&principal[1..], "Azure CLI", "default"),
        (&[][..], "Azure CLI", "default"),
    ];
    for (env, says, origin) in cases {
        let (value, from) = shown(&settings(&in_folder(folder.path()), env).unwrap(), "credential");
        assert!(value.starts_with(says) && from == origin && !value.contains("hush"), "{value}, {from}");
    }
    let choose = |kind: &str, env: &[(&str, &str)]| {
        settings(&Overrides { credential: Some(kind.into()), ..in_folder(folder.path()) }, env)
    };
    let cli = choose("cli", &principal).unwrap().cloud;
    assert!(matches!(cli.credential, CredentialSettings::AzureCli) && cli.tenant.is_none());
    let managed = choose("managed-identity", &principal).unwrap().cloud.credential;
    assert!(matches!(managed, CredentialSettings::ManagedIdentity { client_id: Some(id) } if id == TWO));
    let error = choose("environment", &principal[1..]).unwrap_err();
    assert!(error.message.contains("AZURE_TENANT_ID") && !error.message.contains("AZURE_CLIENT_ID"), "{error}");
    let error = choose("environment", &[("AZURE_CLIENT_CERTIFICATE_PATH", "/c.pem")]).unwrap_err();
    assert!(error.remedy.unwrap().contains("az login --service-principal"));
}

#[test]
fn a_cloud_file_speaks_before_the_environment_and_after_a_flag() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = folder.path().join("cloud.json");
    let text = format!(
        r#"{{"schema":"claw/cloud/v1","tenant":"{ONE}","subscription":"{ONE}","proxy":"http://u:hush@p:1",
        "credential":{{"kind":"client-secret","clientId":"{ONE}","clientSecret":"hush"}}}}"#
    );
    fs::write(&cloud, text).unwrap();
    let env = [("AZURE_TENANT_ID", TWO), ("AZURE_CLIENT_ID", TWO), ("AZURE_CLIENT_SECRET", "hush")];
    let overrides = Overrides { cloud: cloud.to_str().map(Into::into), ..in_folder(folder.path()) };
    let read = settings(&overrides, &env).unwrap();
    assert_eq!(shown(&read, "credential").1, cloud.display().to_string());
    assert_eq!(shown(&read, "subscription"), (ONE.into(), cloud.display().to_string()));
    let rows = format!("{:?}", explain(&read, &Team::default()).unwrap());
    assert!(!rows.contains("hush"), "{rows}");
    let flags = Overrides { subscription: Some(TWO.into()), credential: Some("environment".into()), ..overrides };
    let read = settings(&flags, &env).unwrap();
    assert_eq!(shown(&read, "subscription"), (TWO.into(), "flag --subscription".into()));
    assert_eq!(read.cloud.tenant.as_deref(), Some(TWO));
}

#[test]
fn certificates_come_from_az_where_az_signs_in_and_from_no_file_of_the_team() {
    let folder = tempfile::tempdir().unwrap();
    let command = |env: &[(&str, &str)]| {
        let read = settings(&in_folder(folder.path()), env).unwrap();
        let (value, origin) = shown(&read, "ssh-certificate");
        assert_eq!(read.ssh_certificate.is_none(), value == "none");
        assert!(read.ssh_certificate.iter().all(|c| c.folder.starts_with(folder.path().join("data/entra"))));
        (value, origin, read.ssh_certificate.map(|c| c.command).unwrap_or_default())
    };
    let az = ["az", "ssh", "cert"].map(str::to_owned).to_vec();
    assert_eq!(command(&[]), ("az ssh cert".into(), "default".into(), az.clone()));
    // It would be run by everybody who uses the folder.
    fs::write(folder.path().join(".env"), "CLAW_SSH_CERT_COMMAND=evil\nSSH_AUTH_SOCK=/evil\n").unwrap();
    assert_eq!(command(&[]).2, az);
    assert_eq!(settings(&in_folder(folder.path()), &[]).unwrap().ssh_agent, None);

    let variable = "variable CLAW_SSH_CERT_COMMAND".to_owned();
    let named = command(&[("CLAW_SSH_CERT_COMMAND", "issue --now")]);
    assert_eq!(named, ("issue --now".into(), variable.clone(), vec!["issue".into(), "--now".into()]));
    assert_eq!(command(&[("CLAW_SSH_CERT_COMMAND", "none")]), ("none".into(), variable, Vec::new()));
    let blank = folder.path().join("a program");
    fs::write(&blank, "").unwrap();
    let blank = blank.to_str().unwrap();
    assert_eq!(command(&[("CLAW_SSH_CERT_COMMAND", blank)]).2, [blank]);

    let principal = [("AZURE_TENANT_ID", ONE), ("AZURE_CLIENT_ID", TWO), ("AZURE_CLIENT_SECRET", "hush")];
    assert_eq!(command(&principal).1, "default");
    assert_eq!(command(&principal).0, "none", "az may be somebody else");
    let socket = settings(&in_folder(folder.path()), &[("SSH_AUTH_SOCK", "/run/agent")]).unwrap().ssh_agent;
    assert_eq!(socket.as_deref(), Some(Path::new("/run/agent")));
}
