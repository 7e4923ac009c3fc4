#!/bin/bash
# Makes an Ubuntu 24.04 VM a claw machine. Idempotent: a finished stage is skipped, a broken one goes on where it was.
#   install    put the systemd units in place and start them (cloud-init runs this once)
#   run        go through the stages
#   secrets    fetch the secrets to tmpfs (at every boot, before the gateway)
#   host-keys  print the SSH host keys on the console (at every boot)
# The marker lines are a contract with claw: docs/machine.md.
set -euo pipefail

STAGES="packages node identity vault openclaw config service ready"

LOG=/var/log/openclaw-setup.log
DONE=/var/lib/claw/done
SECRETS=/run/openclaw/secrets
NODE_VERSION=24.21.0
NPM_PREFIX=/opt/openclaw
# Whatever bash or jq spills while handling a secret must stay in memory: /run is tmpfs.
export TMPDIR=/run
export DEBIAN_FRONTEND=noninteractive PATH="$NPM_PREFIX/bin:/opt/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# shellcheck source=/dev/null
[ -r /etc/claw/settings ] && . /etc/claw/settings

say() { printf '%s\n' "$*"; }
# Why a stage is about to fail and what to do; kept in a file because stages run in a subshell.
why() { say "$*" | tee /run/claw-why; }
mark() { say "claw-stage $1 $2 $(date -u +%Y-%m-%dT%H:%M:%SZ)${3:+ $3}"; }

# An extension may be installing at the same time; apt waits for the lock instead of failing.
apt() { apt-get -o DPkg::Lock::Timeout=600 -qy "$@"; }

# Each of Azure's clouds has its own; machines of older versions were not told.
VAULT_SUFFIX=${CLAW_VAULT_SUFFIX:-vault.azure.net}

# A token for Key Vault from the identity with this client ID; empty client ID means the system-assigned one.
token() {
  local url="http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2F$VAULT_SUFFIX"
  curl -fsS -m 10 -H Metadata:true "$url${1:+&client_id=$1}" | jq -er .access_token
}

# Prints a secret's value; exit 44 when it does not exist, 43 when this machine may not read it (yet).
secret() {
  local name=$1 client=$2 answer code access
  access=$(token "$client") || return 43
  answer=$(curl -sS -m 15 -w '\n%{http_code}' -H @- "https://$CLAW_VAULT.$VAULT_SUFFIX/secrets/$name?api-version=7.5" \
    <<<"Authorization: Bearer $access") || return 45
  code=${answer##*$'\n'}
  case $code in
    200) jq -er .value <<<"${answer%$'\n'*}" ;;
    404) return 44 ;;
    401 | 403) return 43 ;;
    *) return 45 ;;
  esac
}

# Writes a file that only the gateway's user can read, whole or not at all. The value comes on stdin.
keep() {
  local file=$SECRETS/$1 fresh
  fresh=$(mktemp "$SECRETS/.new.XXXXXX")
  cat >"$fresh"
  chown openclaw: "$fresh"
  chmod 0400 "$fresh"
  mv -f "$fresh" "$file"
}

gateway_user() { id -u openclaw >/dev/null 2>&1 || useradd --create-home --shell /bin/bash openclaw; }

fetch_secrets() {
  local shared own rc=0
  install -d -m 0750 -o root -g openclaw /run/openclaw
  install -d -m 0750 -o root -g openclaw "$SECRETS"
  [ -e "$SECRETS/gateway-token" ] || head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' | keep gateway-token
  shared=$(secret "$CLAW_SHARED_SECRET" "$CLAW_IDENTITY_CLIENT_ID") || return $?
  own=$(secret "$CLAW_MEMBER_SECRET" "") || rc=$?
  case $rc in
    0) ;;
    44) own='{}' ;;
    *) return $rc ;;
  esac
  jq -n --slurpfile s /dev/fd/3 --slurpfile o /dev/fd/4 '$s[0] + $o[0]' 3<<<"$shared" 4<<<"$own" | keep keys.json
}

stage_packages() {
  apt update
  apt install ca-certificates curl jq npm dbus-user-session unattended-upgrades iptables
  gateway_user
}

stage_node() {
  # Ubuntu's Node is too old for OpenClaw; npm's own `node` package brings a current one.
  [ -x /opt/node/bin/node ] && [ "$(/opt/node/bin/node --version)" = "v$NODE_VERSION" ] && return
  npm install --no-fund --no-audit --prefix /opt/node-package "node@$NODE_VERSION"
  install -d /opt/node/bin
  ln -sf /opt/node-package/node_modules/node/bin/node /opt/node/bin/node
  /opt/node/bin/node --version
}

stage_identity() {
  say "client ID $CLAW_IDENTITY_CLIENT_ID"
  for try in $(seq 30); do
    token "$CLAW_IDENTITY_CLIENT_ID" >/dev/null && return
    say "identity not ready yet, try $try of 30"
    sleep 5
  done
  why "the managed identity $CLAW_IDENTITY_CLIENT_ID gives no token; check that it is assigned to this VM"
  return 1
}

stage_vault() {
  local rc wait=5
  while true; do
    rc=0
    fetch_secrets || rc=$?
    case $rc in
      0) break ;;
      44) say "vault $CLAW_VAULT has no secret $CLAW_SHARED_SECRET yet: claw secrets push" ;;
      43) say "vault $CLAW_VAULT: access not granted yet" ;;
      *) say "vault $CLAW_VAULT does not answer" ;;
    esac
    say "next try in $wait s"
    sleep "$wait"
    wait=$((wait < 60 ? wait * 2 : 60))
  done
}

stage_openclaw() {
  [ "$(openclaw --version 2>/dev/null | grep -o "$CLAW_OPENCLAW_VERSION" | head -1)" = "$CLAW_OPENCLAW_VERSION" ] && return
  npm install --no-fund --no-audit --global --prefix "$NPM_PREFIX" "openclaw@$CLAW_OPENCLAW_VERSION"
}

stage_config() {
  local home=/home/openclaw/.openclaw
  install -d -m 0700 -o openclaw -g openclaw "$home"
  # Only once: afterwards the live config belongs to the gateway and `claw config push`.
  if [ ! -e "$home/openclaw.json" ]; then
    base64 -d <<<"$CLAW_CONFIG_BASE64" | jq --arg dir "$SECRETS" '. * {
        gateway: {mode: "local", port: 18789, bind: "loopback",
                  auth: {mode: "token", token: {source: "file", provider: "claw-gateway", id: "value"}}},
        secrets: {providers: {
          "claw-gateway": {source: "file", path: ($dir + "/gateway-token"), mode: "singleValue"},
          "claw-keys": {source: "file", path: ($dir + "/keys.json"), mode: "json"}}}}' >"$home/openclaw.json.new"
    chown openclaw: "$home/openclaw.json.new"
    chmod 0600 "$home/openclaw.json.new"
    mv "$home/openclaw.json.new" "$home/openclaw.json"
  fi
  printf '%s ALL=(openclaw) NOPASSWD: ALL\n' "\"$CLAW_MEMBER_LOGIN\"" >/etc/sudoers.d/claw-member.new
  chmod 0440 /etc/sudoers.d/claw-member.new
  visudo -cqf /etc/sudoers.d/claw-member.new
  mv /etc/sudoers.d/claw-member.new /etc/sudoers.d/claw-member
}

stage_service() {
  local uid
  uid=$(id -u openclaw)
  # The metadata service hands out identities: nobody but root may ask it.
  iptables -C OUTPUT -d 169.254.169.254 -m owner ! --uid-owner 0 -j REJECT 2>/dev/null ||
    iptables -A OUTPUT -d 169.254.169.254 -m owner ! --uid-owner 0 -j REJECT
  loginctl enable-linger openclaw
  install -d -o openclaw -g openclaw /home/openclaw/.config /home/openclaw/.config/systemd /home/openclaw/.config/systemd/user
  cat >/home/openclaw/.config/systemd/user/openclaw-gateway.service <<UNIT
[Unit]
Description=OpenClaw gateway
[Service]
Environment=PATH=$PATH
ExecStart=$NPM_PREFIX/bin/openclaw gateway --port 18789
Restart=always
RestartPreventExitStatus=78
TimeoutStopSec=330
TimeoutStartSec=30
KillMode=mixed
SuccessExitStatus=0 143
[Install]
WantedBy=default.target
UNIT
  systemctl start "user@$uid"
  as_gateway systemctl --user daemon-reload
  as_gateway systemctl --user enable --now openclaw-gateway
  for try in $(seq 60); do
    curl -fsS -m 2 -o /dev/null http://127.0.0.1:18789/readyz && return
    say "gateway not ready yet, try $try of 60"
    sleep 2
  done
  why "the gateway did not become ready; see journalctl --user -u openclaw-gateway as openclaw"
  return 1
}

as_gateway() { runuser -u openclaw -- env "XDG_RUNTIME_DIR=/run/user/$(id -u openclaw)" "$@"; }

run() {
  install -d "$DONE"
  exec > >(tee -a "$LOG" /dev/console) 2>&1
  chmod 0644 "$LOG"
  local stage
  for stage in $STAGES; do
    [ "$stage" = ready ] && break
    if [ -e "$DONE/$stage" ]; then
      say "stage $stage was done before"
      continue
    fi
    mark "$stage" begin
    say "see the lines above; systemctl restart claw-bootstrap goes on from here" >/run/claw-why
    # A subshell with errexit, outside any condition, so that the first failing command ends the stage.
    set +e
    (set -e; "stage_$stage")
    local rc=$?
    set -e
    if [ $rc -ne 0 ]; then
      mark "$stage" failed "exit $rc: $(cat /run/claw-why)"
      exit $rc
    fi
    touch "$DONE/$stage"
    mark "$stage" "done"
  done
  mark ready "done"
}

host_keys() {
  {
    say "-----BEGIN SSH HOST KEY KEYS-----"
    cat /etc/ssh/ssh_host_*_key.pub
    say "-----END SSH HOST KEY KEYS-----"
  } >/dev/console
}

unit() { cat >"/etc/systemd/system/$1"; }

install_units() {
  unit claw-host-keys.service <<'UNIT'
[Unit]
Description=Print the SSH host keys on the serial console
After=ssh.service cloud-init.service
[Service]
Type=oneshot
ExecStart=/opt/claw/bootstrap.sh host-keys
[Install]
WantedBy=multi-user.target
UNIT
  unit claw-secrets.service <<'UNIT'
[Unit]
Description=Fetch the secrets to tmpfs
After=network-online.target
Wants=network-online.target
ConditionPathExists=/var/lib/claw/done/vault
[Service]
Type=oneshot
ExecStart=/opt/claw/bootstrap.sh secrets
Restart=on-failure
RestartSec=15
[Install]
WantedBy=multi-user.target
UNIT
  unit claw-bootstrap.service <<'UNIT'
[Unit]
Description=Make this a claw machine
After=network-online.target claw-secrets.service
Wants=network-online.target
StartLimitIntervalSec=0
[Service]
Type=oneshot
ExecStart=/opt/claw/bootstrap.sh run
Restart=on-failure
RestartSec=60
[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemctl enable claw-host-keys claw-secrets claw-bootstrap
  systemctl start --no-block claw-host-keys claw-bootstrap
}

case ${1:-run} in
  install) install_units ;;
  run) run ;;
  secrets) fetch_secrets ;;
  host-keys) host_keys ;;
  *)
    say "usage: bootstrap.sh install|run|secrets|host-keys" >&2
    exit 2
    ;;
esac
