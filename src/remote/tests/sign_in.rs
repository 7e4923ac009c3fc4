//! Entra's certificates, the SSH agent and key files, in this order, against OpenSSH with a user CA.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use super::sshd::{Sshd, error, keygen, kill, next, text};
use crate::remote::{
    CertificateSettings, Identity, Remote, RemoteErrorKind as Kind, RemoteSettings, TailEvent, Target,
};

/// The Entra stand-in's machine: certificates of `ca.pub` sign in whoever is called `Ann@Example.org` there.
fn machine() -> Option<Sshd> {
    let sshd = Sshd::start_configured("ed25519", "TrustedUserCAKeys DIR/ca.pub\nAuthorizedPrincipalsFile DIR/who\n")?;
    for ca in ["ca", "other-ca"] {
        keygen(&sshd.path(ca), &["-t", "rsa", "-b", "2048"]);
    }
    fs::write(sshd.path("who"), "Root\n").unwrap();
    fs::remove_file(sshd.path("authorized_keys")).unwrap();
    fs::write(sshd.path("authorized_keys"), "").unwrap();
    Some(sshd)
}

/// A stand-in for `az ssh cert`, signing with `ca` for `validity`. It writes a line for each run.
fn issuer(sshd: &Sshd, ca: &str, principal: &str, validity: &str) -> CertificateSettings {
    let script = sshd.path(&format!("issue-{ca}-{validity}"));
    let dir = sshd.path("").display().to_string();
    let text = format!(
        "#!/bin/sh\nset -e\necho run >> {dir}/issued\n\
         while [ $# -gt 0 ]; do case $1 in --public-key-file) key=$2; shift;; --file) out=$2; shift;; esac; shift; done\n\
         cp \"$key\" {dir}/subject.pub\n\
         ssh-keygen -q -s {dir}/{ca} -I oid@tid -n {principal} -V {validity} -t rsa-sha2-256 {dir}/subject.pub\n\
         mv {dir}/subject-cert.pub \"$out\"\n"
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let folder = sshd.path("entra");
    if !folder.exists() {
        fs::create_dir(&folder).unwrap();
        keygen(&folder.join("id_rsa"), &["-t", "rsa", "-b", "2048"]);
    }
    CertificateSettings { command: vec!["sh".into(), script.display().to_string()], folder }
}

fn issued(sshd: &Sshd) -> usize {
    fs::read_to_string(sshd.path("issued")).map_or(0, |text| text.lines().count())
}

/// No account of this name exists: whoever gets in did so by the certificate's login name.
fn stranger(sshd: &Sshd) -> Target {
    Target { user: "claw-nobody".into(), ..sshd.target() }
}

/// A real `ssh-agent` with these keys.
struct Agent(Child, PathBuf);

impl Agent {
    fn start(sshd: &Sshd, keys: &[&str]) -> Self {
        let socket = sshd.path("agent");
        let mut child =
            Command::new("ssh-agent").args(["-D", "-a"]).arg(&socket).stdout(Stdio::piped()).spawn().unwrap();
        // It says where it is once it listens.
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        for key in keys {
            let added = Command::new("ssh-add").arg("-q").arg(sshd.path(key)).env("SSH_AUTH_SOCK", &socket).status();
            assert!(added.unwrap().success());
        }
        Self(child, socket)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_certificate_signs_in_as_its_principal_and_is_kept_for_the_next_run() {
    let Some(sshd) = machine() else { return };
    let certificate = issuer(&sshd, "ca", "Root", "-5m:+1h");
    let settings = RemoteSettings { certificate: Some(certificate.clone()), ..sshd.settings() };
    let remote = Remote::new(settings.clone());
    let (identity, host_key) = remote.sign_in(&stranger(&sshd)).await.unwrap();
    let Identity::Certificate { login, key, certificate: file } = identity else { panic!("{identity:?}") };
    assert_eq!((login.as_str(), host_key), ("root", sshd.host_key.clone()), "the principal, in lower case");
    assert_eq!(text(&remote.exec(&stranger(&sshd), "id -un", b"").await.unwrap()), "root\n");
    assert!(sshd.log().contains("RSA-CERT"), "{}", sshd.log());
    for path in [key, file] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::metadata(&certificate.folder).unwrap().permissions().mode() & 0o777, 0o700);

    // Another run of claw finds it in the cache.
    Remote::new(settings).exec(&stranger(&sshd), "true", b"").await.unwrap();
    assert_eq!(issued(&sshd), 1);
}

#[tokio::test]
async fn a_certificate_near_its_end_or_for_another_key_is_renewed() {
    let Some(sshd) = machine() else { return };
    let short = issuer(&sshd, "ca", "Root", "-5m:+9m");
    let remote = Remote::new(RemoteSettings { certificate: Some(short), ..sshd.settings() });
    remote.exec(&stranger(&sshd), "true", b"").await.unwrap();
    let long = issuer(&sshd, "ca", "Root", "-5m:+1h");
    let settings = RemoteSettings { certificate: Some(long.clone()), ..sshd.settings() };
    Remote::new(settings.clone()).exec(&stranger(&sshd), "true", b"").await.unwrap();
    assert_eq!(issued(&sshd), 2, "nine minutes are too few");

    fs::remove_file(long.folder.join("id_rsa")).unwrap();
    fs::remove_file(long.folder.join("id_rsa.pub")).unwrap();
    // claw makes the key itself now, and the old certificate is not for it.
    Remote::new(settings).exec(&stranger(&sshd), "true", b"").await.unwrap();
    assert_eq!(issued(&sshd), 3);
    let key = fs::read_to_string(long.folder.join("id_rsa.pub")).unwrap();
    assert!(key.starts_with("ssh-rsa "), "{key}");
}

#[tokio::test]
async fn first_the_certificate_then_the_agent_then_the_files() {
    let Some(sshd) = machine() else { return };
    keygen(&sshd.path("agent-key"), &["-t", "rsa", "-b", "2048"]);
    let agent = Agent::start(&sshd, &["agent-key"]);
    let both = ["agent-key.pub", "key.pub"].map(|file| fs::read_to_string(sshd.path(file)).unwrap()).concat();
    fs::write(sshd.path("authorized_keys"), both).unwrap();
    let wrong = issuer(&sshd, "other-ca", "Root", "-5m:+1h");
    // The machine itself refuses the first two; what has ended is not even shown to it.
    let bad = [wrong, issuer(&sshd, "ca", "Root", "+1h:+2h"), issuer(&sshd, "ca", "Root", "-2h:-1h")];

    let signed_in = async |certificate: Option<CertificateSettings>, agent: Option<PathBuf>| {
        let _ = fs::remove_file(sshd.path("entra/id_rsa-cert.pub"));
        let remote = Remote::new(RemoteSettings { certificate, agent, ..sshd.settings() });
        remote.sign_in(&sshd.target()).await.unwrap().0
    };
    let socket = || Some(agent.1.clone());
    for bad in bad {
        assert!(matches!(signed_in(Some(bad.clone()), socket()).await, Identity::Agent { .. }));
        assert!(matches!(signed_in(Some(bad), None).await, Identity::File { .. }));
    }
    let good = issuer(&sshd, "ca", "Root", "-5m:+1h");
    assert!(matches!(signed_in(Some(good), socket()).await, Identity::Certificate { .. }));
}

#[tokio::test]
async fn where_all_fail_each_way_says_why() {
    let Some(sshd) = machine() else { return };
    keygen(&sshd.path("agent-key"), &["-t", "ed25519"]);
    let agent = Agent::start(&sshd, &["agent-key"]);
    let failure = async |certificate: CertificateSettings, socket: PathBuf| {
        let _ = fs::remove_file(sshd.path("entra/id_rsa-cert.pub"));
        let settings = RemoteSettings { certificate: Some(certificate), agent: Some(socket), ..sshd.settings() };
        let failed = error(Remote::new(settings).exec(&sshd.target(), "true", b"").await);
        assert!(matches!(failed.kind, Kind::Auth | Kind::NotLetIn), "{failed}");
        failed.message
    };
    let said = failure(issuer(&sshd, "other-ca", "Root", "-5m:+1h"), agent.1.clone()).await;
    assert!(said.contains("the Entra certificate of root was not accepted"), "{said}");
    assert!(said.contains("the SSH agent's keys were not accepted for"), "{said}");
    assert!(said.contains("key was not accepted for"), "{said}");

    let ended = failure(issuer(&sshd, "ca", "Root", "-2h:-1h"), sshd.path("no-agent")).await;
    assert!(ended.contains("no Entra certificate: ") && ended.contains("has ended already"), "{ended}");
    assert!(ended.contains("the SSH agent at ") && ended.contains("does not answer"), "{ended}");

    let command = |words: &str| CertificateSettings {
        command: words.split(' ').map(str::to_owned).collect(),
        folder: sshd.path("entra"),
    };
    fs::write(sshd.path("az"), "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1").unwrap();
    for (words, says) in [
        ("claw-no-such-program".to_owned(), "`claw-no-such-program` is not installed"),
        (format!("sh {}", sshd.text("az")), "failed: Please run 'az login' to setup account."),
        ("true".to_owned(), "`true` left no certificate"),
    ] {
        let said = failure(command(&words), agent.1.clone()).await;
        assert!(said.contains(says), "{said}");
    }
}

/// What az 2.91 says when its refresh token is over.
const EXPIRED: &str =
    "ERROR: AADSTS700082: The refresh token has expired due to inactivity. The token was inactive for \
    90.00:00:00. Trace ID: 3d1c Timestamp: 2026-11-21 10:00:00Z
Run the command below to authenticate interactively; additional arguments may be added as needed:
az logout
az login --tenant \"org\"
";

#[tokio::test]
async fn a_log_ends_with_what_to_do_when_the_sign_in_is_over() {
    let Some(sshd) = machine() else { return };
    fs::write(sshd.path("log"), "first\n").unwrap();
    // Too near its end to be used for a second connection.
    let certificate = issuer(&sshd, "ca", "Root", "-5m:+5m");
    let az = PathBuf::from(&certificate.command[1]);
    let settings = RemoteSettings { certificate: Some(certificate), keys: Vec::new(), ..sshd.settings() };
    let remote = Remote::new(settings);
    let output = remote.exec(&stranger(&sshd), "echo $PPID", b"").await.unwrap();
    let mut events = remote.tail(&stranger(&sshd), &sshd.text("log"));
    assert!(matches!(next(&mut events).await, TailEvent::Line(line) if line == "first"));

    fs::write(sshd.path("said"), EXPIRED).unwrap();
    fs::write(&az, format!("echo run >> {0}/issued; cat {0}/said >&2; exit 1", sshd.text(""))).unwrap();
    let before = issued(&sshd);
    kill(text(&output).trim());
    assert!(matches!(next(&mut events).await, TailEvent::Reconnecting { .. }), "a lost connection may come back");
    let TailEvent::Ended(why) = next(&mut events).await else { panic!("it tries again") };
    assert!(why.contains("AADSTS700082") && why.contains("(az login --tenant \"org\")"), "{why}");
    assert_eq!(events.recv().await, None, "and says no more");
    assert_eq!(issued(&sshd) - before, 1, "az was asked once");
}

#[tokio::test]
async fn an_agent_with_too_many_keys_does_not_keep_the_key_file_out() {
    let Some(sshd) = machine() else { return };
    let names: Vec<String> = (0..8).map(|i| format!("stranger-{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.iter().for_each(|name| keygen(&sshd.path(name), &["-t", "ed25519"]));
    let agent = Agent::start(&sshd, &names);
    fs::copy(sshd.path("key.pub"), sshd.path("authorized_keys")).unwrap();
    let remote = Remote::new(RemoteSettings { agent: Some(agent.1.clone()), ..sshd.settings() });
    let (identity, _) = remote.sign_in(&sshd.target()).await.unwrap();
    assert!(matches!(identity, Identity::File { .. }), "{identity:?}");
    assert!(sshd.log().contains("Too many authentication failures"), "{}", sshd.log());
}
