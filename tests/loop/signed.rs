//! Somebody who is signed in with `az login`: a stand-in for the Azure CLI that asks the embedded cloud by password.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use serde_json::Value;

use crate::cloud::{Answer, Cloud};

/// `az account get-access-token -o json --scope SCOPE --tenant TENANT` and
/// `az ssh cert --public-key-file FILE --file FILE`.
const AZ: &str = r##"#!/bin/sh
verb="$1 $2"
while [ $# -gt 0 ]; do
    case $1 in --scope) scope=$2 ;; --public-key-file) key=$2 ;; --file) file=$2 ;; esac
    shift
done
token() {
    curl -sS --proxy 'PROXY' --cacert 'CA_FILE' --data-urlencode 'username=UPN' -d grant_type=password \
        -d password=right -d client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46 "$@" \
        'https://login.microsoftonline.com/TENANT/oauth2/v2.0/token' >"$0.answer.$$"
    token=$(sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p' "$0.answer.$$")
    [ -n "$token" ] || { >&2 echo "ERROR: $(cat "$0.answer.$$")"; exit 1; }
}
if [ "$verb" = "ssh cert" ]; then
    jwk=$(python3 - "$key" <<'END'
import base64, json, struct, sys
data = base64.b64decode(open(sys.argv[1]).read().split()[1])
parts = []
while data:
    size = struct.unpack(">I", data[:4])[0]
    parts.append(base64.urlsafe_b64encode(data[4:4 + size]).decode())
    data = data[4 + size:]
print(json.dumps({"kty": "RSA", "e": parts[1], "n": parts[2], "kid": "key"}))
END
    )
    token -d token_type=ssh-cert -d key_id=key --data-urlencode "req_cnf=$jwk" \
        --data-urlencode 'scope=https://pas.windows.net/CheckMyAccess/Linux/.default openid profile offline_access'
    echo "ssh-rsa-cert-v01@openssh.com $token" >"$file"
else
    token --data-urlencode "scope=$scope"
    printf '{"accessToken":"%s","expires_on":4102444800,"tokenType":"Bearer"}' "$token"
fi
"##;

/// Puts an `az` into `bin`.
pub fn stand_in(folder: &Path, script: &str) {
    fs::create_dir_all(folder.join("bin")).unwrap();
    fs::write(folder.join("bin/az"), script).unwrap();
    fs::set_permissions(folder.join("bin/az"), fs::Permissions::from_mode(0o755)).unwrap();
}

/// An embedded cloud with an `az` that asks it for tokens as this user, by password.
pub struct Signed {
    pub cloud: Cloud,
    pub file: Value,
}

impl Signed {
    pub fn start(scenario: &str, upn: &str) -> Self {
        let cloud = Cloud::start(scenario);
        let file: Value = serde_json::from_str(&fs::read_to_string(cloud.path("sim/cloud.json")).unwrap()).unwrap();
        let signed = Self { cloud, file };
        let (proxy, tenant, ca) = (signed.text("proxy"), signed.text("tenant"), signed.cloud.path("sim/ca.pem"));
        let script = AZ
            .replace("PROXY", &proxy)
            .replace("TENANT", &tenant)
            .replace("CA_FILE", &ca.display().to_string())
            .replace("UPN", upn);
        stand_in(signed.cloud.path("").as_path(), &script);
        signed
    }

    pub fn text(&self, name: &str) -> String {
        self.file[name].as_str().unwrap().to_owned()
    }

    /// As the user whom `az` signs in.
    pub fn claw(&self, args: &[&str]) -> Answer {
        Answer::new(args, self.command(args).output().unwrap())
    }

    pub fn command(&self, args: &[&str]) -> Command {
        self.at_home(self.cloud.command(&[&["--credential", "cli"], args].concat()))
    }

    /// Another program, as they run it.
    pub fn outside(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.cloud.path("")).env_clear().env("HOME", self.cloud.path(""));
        self.at_home(command)
    }

    fn at_home(&self, mut command: Command) -> Command {
        let path = std::env::var("PATH").unwrap();
        command.env("CLAW_DATA", self.cloud.path("data-of-theirs"));
        command.env("PATH", format!("{}:{path}", self.cloud.path("bin").display()));
        command
    }
}
