//! SSH certificates of the embedded Entra, as OpenSSH reads them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    client::Client,
    sign_in::{ALICE, password, scenario},
};
use crate::sim::entra::authority_line;

const SSHD: &str = "/usr/sbin/sshd";

/// The key of a client, as `ssh-keygen` made it, and its JWK in one of the two official forms.
fn key_and_jwk(padded: bool) -> (tempfile::TempDir, Value) {
    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f"])
        .arg(folder.path().join("id_rsa"))
        .status()
        .expect("OpenSSH's ssh-keygen");
    assert!(made.success());
    let text = std::fs::read_to_string(folder.path().join("id_rsa.pub")).unwrap();
    let key = russh::keys::PublicKey::from_openssh(&text).unwrap();
    let rsa = key.key_data().rsa().unwrap();
    let encode = |number: &[u8]| match padded {
        true => base64::engine::general_purpose::URL_SAFE.encode(number),
        false => URL_SAFE_NO_PAD.encode(number.iter().copied().skip_while(|b| *b == 0).collect::<Vec<_>>()),
    };
    let jwk = json!({"kty": "RSA", "n": encode(rsa.n().as_bytes()), "e": encode(rsa.e().as_bytes()), "kid": "k1"});
    (folder, jwk)
}

#[tokio::test]
async fn an_ssh_certificate_is_one_that_openssh_reads() {
    let client = Client::start(&scenario("", "")).await;
    for padded in [true, false] {
        let (folder, jwk) = key_and_jwk(padded);
        let jwk = jwk.to_string();
        let more = [
            ("scope", "https://pas.windows.net/CheckMyAccess/Linux/.default openid profile offline_access"),
            ("token_type", "ssh-cert"),
            ("req_cnf", jwk.as_str()),
            ("key_id", "k1"),
        ];
        let (status, body) = password(&client, "right", &more).await;
        assert_eq!((status, body["token_type"].as_str()), (200, Some("ssh-cert")), "{body}");
        assert!(body["refresh_token"].is_string() && body["id_token"].is_string(), "{body}");
        let line = format!("ssh-rsa-cert-v01@openssh.com {}", body["access_token"].as_str().unwrap());
        let path = folder.path().join("cert.pub");
        std::fs::write(&path, &line).unwrap();
        let listed = std::process::Command::new("ssh-keygen").arg("-L").arg("-f").arg(&path).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        assert!(listed.contains("user certificate") && listed.contains("(using rsa-sha2-256)"), "{listed}");

        let certificate = russh::keys::Certificate::from_openssh(&line).unwrap();
        assert_eq!(certificate.valid_principals(), ["alice@example.com"]);
        assert_eq!(certificate.key_id(), format!("{ALICE}@{}", client.text("tenant")));
        assert_eq!(certificate.valid_before() - certificate.valid_after(), 3900);
        let mine = std::fs::read_to_string(folder.path().join("id_rsa.pub")).unwrap();
        let mine = russh::keys::PublicKey::from_openssh(&mine).unwrap();
        assert_eq!(certificate.public_key(), mine.key_data());
        let names: Vec<&str> = certificate.extensions().keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "displayname@sshservice.azure.net",
                "oid@sshservice.azure.net",
                "permit-X11-forwarding",
                "permit-agent-forwarding",
                "permit-port-forwarding",
                "permit-pty",
                "permit-user-rc",
                "tid@sshservice.azure.net",
            ]
        );
        let authority = russh::keys::PublicKey::from_openssh(&authority_line(client.sim.world()).unwrap()).unwrap();
        certificate.validate(&[authority.fingerprint(russh::keys::HashAlg::Sha256)]).unwrap();
    }
}

/// Whoever runs the tests signs in to a real `sshd`, which knows the authority and the principal and no key.
#[tokio::test]
async fn a_real_sshd_lets_the_certificate_in_and_the_key_alone_out() {
    if !std::path::Path::new(SSHD).exists() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{SSHD} is missing: install openssh-server");
        eprintln!("skipped: {SSHD} is missing (install openssh-server)");
        return;
    }
    let client = Client::start(&scenario("", "")).await;
    let (folder, jwk) = key_and_jwk(false);
    let jwk = jwk.to_string();
    let more = [
        ("scope", "https://pas.windows.net/CheckMyAccess/Linux/.default"),
        ("token_type", "ssh-cert"),
        ("req_cnf", jwk.as_str()),
        ("key_id", "k1"),
    ];
    let (_, body) = password(&client, "right", &more).await;
    let at = |name: &str| folder.path().join(name).display().to_string();
    let line = format!("ssh-rsa-cert-v01@openssh.com {}", body["access_token"].as_str().unwrap());
    std::fs::write(at("id_rsa-cert.pub"), line).unwrap();
    std::fs::write(at("authority.pub"), authority_line(client.sim.world()).unwrap()).unwrap();
    std::fs::write(at("principals"), "alice@example.com\n").unwrap();
    let host =
        std::process::Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &at("host")]).status();
    assert!(host.unwrap().success());
    let _ = std::fs::DirBuilder::new().recursive(true).create("/run/sshd");
    let config = format!(
        "HostKey {}\nTrustedUserCAKeys {}\nAuthorizedPrincipalsFile {}\nAuthorizedKeysFile none\nStrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n",
        at("host"),
        at("authority.pub"),
        at("principals")
    );
    std::fs::write(at("config"), config).unwrap();
    let user = std::process::Command::new("id").arg("-un").output().unwrap();
    let user = String::from_utf8(user.stdout).unwrap().trim().to_owned();
    let sign_in = || {
        let mut ssh = std::process::Command::new("ssh");
        ssh.args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=yes"]);
        ssh.args(["-o", &format!("UserKnownHostsFile={}", at("known_hosts"))]);
        ssh.args(["-o", &format!("ProxyCommand={SSHD} -i -e -f {}", at("config"))]);
        ssh.args(["-i", &at("id_rsa"), "-l", &user, "embedded", "echo in"])
            .env_remove("SSH_AUTH_SOCK")
            .output()
            .unwrap()
    };
    let entered = sign_in();
    assert_eq!(String::from_utf8_lossy(&entered.stdout).trim(), "in", "{entered:?}");
    std::fs::write(at("principals"), "bob@example.com\n").unwrap();
    assert!(!sign_in().status.success(), "another's machine");
    std::fs::write(at("principals"), "alice@example.com\n").unwrap();
    std::fs::remove_file(at("id_rsa-cert.pub")).unwrap();
    assert!(!sign_in().status.success(), "the key alone");
}

#[tokio::test]
async fn an_ssh_certificate_needs_its_key_and_its_scope() {
    let client = Client::start(&scenario("", "")).await;
    let jwk = r#"{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"k1"}"#;
    let scope = "https://pas.windows.net/CheckMyAccess/Linux/.default";
    for (scope, jwk, kid) in [
        ("https://graph.microsoft.com/.default", jwk, "k1"),
        (scope, "nonsense", "k1"),
        (scope, r#"{"kty":"EC","kid":"k1"}"#, "k1"),
        (scope, jwk, "other"),
    ] {
        let more = [("scope", scope), ("token_type", "ssh-cert"), ("req_cnf", jwk), ("key_id", kid)];
        let (status, body) = password(&client, "right", &more).await;
        assert_eq!((status, body["error"].as_str()), (400, Some("invalid_request")), "{body}");
    }
}
