#!/bin/bash
# Makes an Ubuntu 24.04 VM a claw machine. Idempotent: a finished stage is skipped, a broken one goes on where it was.
# The marker lines are a contract with claw: docs/machine.md.
set -euo pipefail
# shellcheck source=lib.sh
. /opt/claw/lib.sh
# shellcheck source=extras.sh
. /opt/claw/extras.sh

STAGES="packages node identity vault openclaw config service ready"

LOG=/var/log/openclaw-setup.log
NODE_VERSION=24.21.0
# A stage that can't go on before somebody did something; the timer asks again.
LATER=75

stage_packages() {
  apt update
  apt install ca-certificates curl jq npm dbus-user-session unattended-upgrades iptables
  gateway_user
  systemctl restart claw-firewall
  # Unattended upgrades may restart sshd; settings that don't parse would lock everybody out.
  sshd -t && systemctl try-reload-or-restart ssh
}

stage_node() {
  # Ubuntu's Node is too old for OpenClaw; npm's own `node` package brings a current one.
  [ "$(/opt/node/bin/node --version 2>/dev/null)" = "v$NODE_VERSION" ] && return
  npm_into /opt/node-package "node@$NODE_VERSION"
  install -d /opt/node/bin
  ln -sfn /opt/node-package/lib/node_modules/node/bin/node /opt/node/bin/node
  /opt/node/bin/node --version
}

stage_identity() {
  local try
  say "client ID $CLAW_IDENTITY_CLIENT_ID"
  for try in $(seq 30); do
    /opt/claw/secrets.sh token "$CLAW_IDENTITY_CLIENT_ID" && return
    say "identity not ready yet, try $try of 30"
    sleep 5
  done
  why "the managed identity $CLAW_IDENTITY_CLIENT_ID gives no token; check that it is assigned to this VM"
  return 1
}

stage_vault() {
  local rc pause=2
  while true; do
    rc=0
    /opt/claw/secrets.sh once || rc=$?
    case $rc in
      0)
        # From now on every boot fetches them before it goes on.
        systemctl enable claw-secrets
        return
        ;;
      44 | 46) return $LATER ;;
    esac
    # A fresh grant takes up to ten minutes to work; the timer goes on after that.
    [ $pause -lt 60 ] || return $LATER
    sleep $pause
    pause=$((pause * 2))
  done
}

stage_openclaw() {
  if [ "$(openclaw --version 2>/dev/null | grep -oF "$CLAW_OPENCLAW_VERSION" | head -1)" != "$CLAW_OPENCLAW_VERSION" ]; then
    npm_into "$NPM_PREFIX" "openclaw@$CLAW_OPENCLAW_VERSION"
  fi
  openclaw --version
}

# Providers whose key is in the vault under its usual name take it from there.
providers() {
  jq '{anthropic: "ANTHROPIC_API_KEY", openai: "OPENAI_API_KEY", google: "GEMINI_API_KEY", openrouter: "OPENROUTER_API_KEY",
       xai: "XAI_API_KEY", mistral: "MISTRAL_API_KEY", groq: "GROQ_API_KEY", deepseek: "DEEPSEEK_API_KEY"} as $names
      | . as $keys | $names | with_entries(select($keys[.value] != null))
      | map_values({apiKey: {source: "file", provider: "claw-keys", id: ("/" + .)}})' "$SECRETS/keys.json"
}

stage_config() {
  local providers config
  # Only once: afterwards the live config belongs to the gateway and `claw config push`.
  if ! as_gateway test -e /home/openclaw/.openclaw/openclaw.json; then
    # Whole before it is written: a part of it would count as done.
    providers=$(providers)
    config=$(base64 -d <<<"$CLAW_CONFIG_BASE64" | jq --arg dir "$SECRETS" --argjson providers "$providers" '
      {models: {providers: $providers}} * . * {
        gateway: {mode: "local", port: 18789, bind: "loopback",
                  auth: {mode: "token", token: {source: "file", provider: "claw-gateway", id: "value"}}},
        secrets: {providers: {
          "claw-gateway": {source: "file", path: ($dir + "/gateway-token"), mode: "singleValue"},
          "claw-keys": {source: "file", path: ($dir + "/keys.json"), mode: "json"}}}}')
    as_gateway_write .openclaw/openclaw.json <<<"$config"
  fi
  printf '"%s" ALL=(openclaw) NOPASSWD: ALL\n' "${CLAW_MEMBER_LOGIN//\"/}" >/etc/sudoers.d/claw-member.new
  chmod 0440 /etc/sudoers.d/claw-member.new
  visudo -cqf /etc/sudoers.d/claw-member.new
  mv /etc/sudoers.d/claw-member.new /etc/sudoers.d/claw-member
}

stage_service() {
  local uid
  uid=$(id -u openclaw)
  # At every boot the gateway's user starts after its secrets are there.
  install -d "/etc/systemd/system/user@$uid.service.d"
  printf '[Unit]\nWants=claw-secrets.service\nAfter=claw-secrets.service\n' \
    >"/etc/systemd/system/user@$uid.service.d/claw.conf"
  as_gateway_write .config/systemd/user/openclaw-gateway.service </opt/claw/openclaw-gateway.service
  systemctl daemon-reload
  systemctl enable --now claw-secrets claw-refresh.timer
  loginctl enable-linger openclaw
  systemctl start "user@$uid"
  as_gateway systemctl --user daemon-reload
  as_gateway systemctl --user enable --now openclaw-gateway
  await_gateway
}

await_gateway() {
  local try
  for try in $(seq 90); do
    curl -fsS -m 2 -o /dev/null http://127.0.0.1:18789/readyz 2>/dev/null && return
    [ $((try % 10)) != 0 ] || say "gateway not ready yet, try $try of 90"
    sleep 2
  done
  why "the gateway did not become ready; see journalctl --user -u openclaw-gateway as openclaw"
  return 1
}

# Says a stage begins once a boot, however often the timer asks.
begin() {
  [ "$(cat /run/claw-stage 2>/dev/null)" = "$1" ] && return
  echo "$1" >/run/claw-stage
  mark "$1" begin
}

stages() {
  local stage
  for stage in $STAGES; do
    [ "$stage" = ready ] && break
    [ -e "$DONE/$stage" ] && continue
    begin "$stage"
    say "see the lines above; systemctl restart claw-bootstrap goes on from here" >/run/claw-why
    # The first failing command ends the stage.
    checked "stage_$stage"
    if [ "$RC" = $LATER ]; then
      return 0
    elif [ "$RC" != 0 ]; then
      mark "$stage" failed "exit $RC: $(cat /run/claw-why)"
      rm -f /run/claw-stage
      return "$RC"
    fi
    # What a stage made is on the disk before it counts as done: a VM may lose its power.
    sync
    touch "$DONE/$stage"
    mark "$stage" "done"
  done
  # After a reboot every stage was done before, and the gateway is still coming up.
  await_gateway || { mark service failed "$(cat /run/claw-why)"; return 1; }
  extras
  systemctl stop --no-block claw-bootstrap.timer
  mark ready "done" "${WITHOUT:+without $WITHOUT}"
}

install -d "$DONE"
exec 9>/run/claw-bootstrap.lock
flock -n 9 || { say "another run is at it"; exit 0; }
touch "$LOG"
chmod 0644 "$LOG"
# In a pipe and not by `exec`: the script ends after its last line is written.
stages 2>&1 9>&- | plain | tee -a "$LOG" /dev/console
