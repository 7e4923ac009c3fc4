//! Where settings come from, as whom claw signs in, and what it does without a team.json.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    cloud::Answer,
    signed::{Signed, stand_in},
};

const SUBSCRIPTION: &str = "0b2f6ab3-0000-4000-8000-00000000abcd";

/// The binary in a folder, with this environment and no cloud at all.
fn claw(folder: &Path, env: &[(&str, &str)], args: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claw"));
    command.current_dir(folder).env_clear().env("HOME", folder).env("CLAW_DATA", folder.join("data"));
    command.env("PATH", folder.join("bin")).envs(env.iter().copied()).args(args).stdin(Stdio::null());
    Answer::new(args, command.output().unwrap())
}

/// The value of a setting and what it came from.
fn setting(config: &Value, name: &str) -> (String, Value) {
    let all = config["settings"].as_array().unwrap();
    let row = all.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}: {config}"));
    (row["value"].as_str().unwrap_or_default().to_owned(), row["origin"].clone())
}

#[test]
fn every_setting_says_its_value_and_its_source_without_a_network() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(
        at("team.json"),
        "{\"members\":[],\n\"fleet\":{\"vmSize\":\"Standard_B2ms\",\n\"location\":\"westeurope\"}}",
    )
    .unwrap();
    fs::write(at(".env"), format!("# ours\nAZURE_SUBSCRIPTION={SUBSCRIPTION}\nRESOURCE_GROUP=\"rg-dotenv\"\n"))
        .unwrap();
    let env = [("RESOURCE_GROUP", "rg-env"), ("AZURE_CLIENT_SECRET", "hush"), ("AZURE_CLIENT_ID", "app")];
    let env = [&env[..], &[("AZURE_TENANT_ID", SUBSCRIPTION), ("HTTPS_PROXY", "http://ann:hush@127.0.0.1:9")]].concat();
    let args = ["status", "--explain-config", "--admin-username", "boss"];
    let json = claw(folder.path(), &env, &[&args[..], &["--json"]].concat()).exits(0);
    let config = json.json();
    assert_eq!(config["schema"], "claw/settings/v1");
    let (value, origin) = setting(&config, "subscription");
    assert_eq!((value.as_str(), &origin["file"], &origin["line"]), (SUBSCRIPTION, &".env".into(), &2.into()));
    let (value, origin) = setting(&config, "group");
    assert_eq!(
        (value.as_str(), &origin["kind"], &origin["name"]),
        ("rg-env", &"variable".into(), &"RESOURCE_GROUP".into())
    );
    let (value, origin) = setting(&config, "location");
    assert_eq!((value.as_str(), &origin["file"], &origin["line"]), ("westeurope", &"team.json".into(), &3.into()));
    assert_eq!(setting(&config, "fleet.vmSize").1["line"], 2);
    assert_eq!(setting(&config, "fleet.environment").1["kind"], "default");
    assert_eq!(setting(&config, "admin-username").1["name"], "--admin-username");
    assert_eq!(setting(&config, "credential").1["name"], "AZURE_CLIENT_SECRET");
    let text = claw(folder.path(), &env, &args).exits(0).stdout;
    assert!(
        text.contains("team.json:3") && text.contains(".env:2") && text.contains("flag --admin-username"),
        "{text}"
    );
    assert!(!text.contains("hush") && !json.stdout.contains("hush"), "a secret is shown: {text}");
}

#[test]
fn wrong_settings_are_refused_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 5] = [
        (&["--admin-username", "openclaw"], "runs the gateway"),
        (&["--location", "East US 2"], "eastus2"),
        (&["--subscription", "mine"], "not a GUID"),
        (&["--group", "a/b"], "resource group"),
        (&["--cloud", "usgov"], "usgovvirginia"),
    ];
    for (args, says) in cases {
        let answer = claw(folder.path(), &[], &[args, &["status", "--explain-config"]].concat()).exits(2);
        assert!(answer.stderr.contains(says) && answer.stderr.contains("help:"), "{}", answer.stderr);
    }
    fs::write(folder.path().join(".env"), "LOCATION=eastus2\nwhat is this hush\n").unwrap();
    let answer = claw(folder.path(), &[], &["plan"]).exits(2);
    assert!(answer.stderr.contains(".env:2:") && !answer.stderr.contains("hush"), "{}", answer.stderr);
}

#[test]
fn without_az_and_with_an_expired_login_the_way_on_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("team.json"), r#"{"members":[{"email":"alice@example.com"}]}"#).unwrap();
    let plan = ["--subscription", SUBSCRIPTION, "plan"];
    let answer = claw(folder.path(), &[], &plan).exits(1);
    assert!(answer.stderr.contains("not on the PATH") && answer.stderr.contains("--credential"), "{}", answer.stderr);
    let expired = "#!/bin/sh\n>&2 echo \"ERROR: AADSTS700082: The refresh token has expired due to inactivity. Trace ID: t\"\n>&2 echo 'Interactive authentication is needed. Please run:'\n>&2 echo 'az logout'\n>&2 echo 'az login --tenant \"T\" --scope \"https://management.core.windows.net//.default\"'\nexit 1\n";
    stand_in(folder.path(), expired);
    let answer = claw(folder.path(), &[], &plan).exits(1);
    assert!(answer.stderr.contains("expired due to inactivity"), "{}", answer.stderr);
    let help = answer.stderr.lines().find(|l| l.starts_with("help:")).unwrap();
    assert!(
        help.ends_with("az login --tenant \"T\" --scope \"https://management.core.windows.net//.default\""),
        "{help}"
    );
}

#[test]
fn whoever_is_signed_in_gets_a_machine_without_a_team() {
    let alice = Signed::start("alone.toml", "alice@example.com");
    fs::remove_file(alice.cloud.path("team.json")).unwrap();
    fs::remove_file(alice.cloud.path("secrets.json")).unwrap();
    let plan = alice.claw(&["plan"]).exits(3).stdout;
    assert!(plan.contains("no team.json: a machine for you, alice@example.com"), "{plan}");
    assert!(plan.contains("SSH from 203.0.113.10/32"), "only from her own address: {plan}");
    let from = alice.claw(&["plan", "--from", "198.51.100.7"]).exits(3).stdout;
    assert!(from.contains("SSH from 198.51.100.7/32"), "{from}");
    let services = "http://api.ipify.org https://unmade.vault.azure.net/";
    let up = ["up", "--yes"];
    let closed = alice.command(&up).env("ADDRESS_SERVICES", services).output().unwrap();
    let closed = Answer::new(&up, closed).exits(5).stderr;
    assert!(closed.contains("nothing is opened") && closed.contains("--from"), "{closed}");
    assert!(closed.contains("because: http://api.ipify.org: is no https URL"), "{closed}");
    alice.claw(&["plan", "--from", "everywhere"]).exits(2);
    alice.claw(&["up", "--yes", "--no-wait"]).exits(0);
    alice.claw(&["plan"]).exits(0);
    let status = alice.claw(&["status", "--json"]).exits(0).json();
    assert_eq!(status["machines"].as_array().unwrap().len(), 1, "{status}");
    assert_eq!(status["machines"][0]["machine"]["name"], "claw-alice");

    // A team that was named is never a team of one.
    let missing = alice.claw(&["--team", "no-such.json", "plan"]).exits(2);
    assert!(missing.stderr.contains("there is no no-such.json"), "{}", missing.stderr);
    // The service principal of the cloud file is nobody to give a machine to.
    let service = alice.cloud.claw(&["plan"]).exits(2);
    assert!(service.stderr.contains("there is no team.json") && service.stderr.contains("service principal"));

    let team = r#"{"members":[{"email":"alice@example.com"},{"email":"bob@example.com"}]}"#;
    alice.cloud.write("team.json", team);
    alice.claw(&["up", "--yes", "--no-wait"]).exits(0);
    fs::remove_file(alice.cloud.path("team.json")).unwrap();
    for args in [&["plan"][..], &["up", "--yes"], &["up", "--yes", "--leavers", "1"], &["down", "--yes"]] {
        let refused = alice.claw(args).exits(5);
        let said = format!("{}{}", refused.stdout, refused.stderr);
        assert!(said.contains("machines of other people: claw-bob") && said.contains("--team FILE"), "{said}");
    }
    alice.cloud.write("team.json", team);
    alice.claw(&["plan"]).exits(0);
    assert_eq!(alice.cloud.unknown_requests(), "");
}

#[test]
fn a_claims_challenge_is_shown_with_its_command() {
    let chandra = Signed::start("alone.toml", "chandra@example.com");
    let answer = chandra.claw(&["status"]).exits(1);
    let help = answer.stderr.lines().find(|l| l.starts_with("help:")).unwrap();
    let command = format!("az login --tenant {} --claims-challenge \"", chandra.text("tenant"));
    assert!(help.contains(&command), "{}", answer.stderr);
}

/// Behind a company proxy: the usual variables, the proxy's own authority, a service principal by environment.
#[test]
fn a_company_proxy_and_its_authority_are_taken_from_flags_and_variables() {
    let signed = Signed::start("alone.toml", "alice@example.com");
    let credential = |name: &str| signed.file["credential"][name].as_str().unwrap().to_owned();
    let (proxy, tenant) = (signed.text("proxy"), signed.text("tenant"));
    let (client, secret) = (credential("clientId"), credential("clientSecret"));
    let subscription = signed.text("subscription");
    let folder = signed.cloud.path("");
    let env = [
        ("HTTPS_PROXY", proxy.as_str()),
        ("AZURE_TENANT_ID", &tenant),
        ("AZURE_CLIENT_ID", &client),
        ("AZURE_CLIENT_SECRET", &secret),
        ("AZURE_SUBSCRIPTION", &subscription),
    ];
    let untrusted = claw(&folder, &env, &["plan"]).exits(1);
    assert!(untrusted.stderr.contains("not trusted") && untrusted.stderr.contains("--ca FILE"), "{}", untrusted.stderr);
    let ca = signed.cloud.path("sim/ca.pem");
    let ca = ca.to_str().unwrap();
    claw(&folder, &env, &["--ca", ca, "plan"]).exits(3);
    for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
        claw(&folder, &[&env[..], &[(variable, ca)]].concat(), &["plan"]).exits(3);
    }
    let wrong = [&env[..3], &[("AZURE_CLIENT_SECRET", "wrong"), env[4]]].concat();
    let refused = claw(&folder, &wrong, &["--ca", ca, "plan"]).exits(1);
    assert!(
        refused.stderr.contains("AADSTS7000215") && refused.stderr.contains("AZURE_CLIENT_SECRET"),
        "{}",
        refused.stderr
    );
}

/// App Service's managed identity endpoint: plain HTTP on this machine, past the proxy.
#[test]
fn a_managed_identity_signs_in_past_the_proxy() {
    let signed = Signed::start("alone.toml", "alice@example.com");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/msi/token", listener.local_addr().unwrap());
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=",
        signed.file["credential"]["clientId"].as_str().unwrap(),
        signed.file["credential"]["clientSecret"].as_str().unwrap()
    );
    let (proxy, tenant, ca) = (signed.text("proxy"), signed.text("tenant"), signed.cloud.path("sim/ca.pem"));
    // Ends with the process; every token it hands out is the embedded Entra's.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = vec![0; 8192];
            let read = stream.read(&mut head).unwrap();
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            let resource = head.split("resource=").nth(1).unwrap().split(['&', ' ']).next().unwrap().to_owned();
            let url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
            let asked = Command::new("curl")
                .args(["-sS", "--proxy", &proxy, "--cacert", ca.to_str().unwrap(), "-d"])
                .args([&format!("{form}{resource}/.default"), &url])
                .output()
                .unwrap();
            let token: Value = serde_json::from_slice(&asked.stdout).unwrap();
            let body = serde_json::json!({"access_token": token["access_token"], "expires_on": "4102444800",
                "token_type": "Bearer", "resource": resource, "client_id": "c"})
            .to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    });
    let mut command = signed.cloud.command(&["--credential", "managed-identity", "plan"]);
    command.env("IDENTITY_ENDPOINT", endpoint).env("IDENTITY_HEADER", "header");
    Answer::new(&["plan"], command.output().unwrap()).exits(3);
}
