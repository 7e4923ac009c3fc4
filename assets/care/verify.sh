#!/bin/bash
# claw-script verify
# Looks at a claw machine and changes nothing. Runs as the gateway's user, from standard input, so nothing in here may
# read that. Each check answers one line {"check","code","out"}, `out` being base64 of the first 128 KiB it said.
set -u
cd /
export PATH="/opt/openclaw/bin:/opt/node/bin:$PATH"
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)} OPENCLAW_HIDE_BANNER=1 LC_ALL=C
STATE=${OPENCLAW_STATE_DIR:-$HOME/.openclaw}
SECRETS=${CLAW_SECRETS_DIR:-/run/openclaw/secrets}
PORT=${CLAW_GATEWAY_PORT:-18789}

# No check may hold up the others for long.
check() {
  local name=$1 out rc=0
  shift
  out=$(timeout -k 5 60 "$@" 2>/dev/null </dev/null | head -c 131072 | base64 -w0; exit "${PIPESTATUS[0]}") || rc=$?
  printf '{"check":"%s","code":%d,"out":"%s"}\n' "$name" "$rc" "$out"
}

# A function as a check of its own, with its own time limit.
inner() { check "$1" bash -c "$(declare -f "$2"); $2 \"\$@\"" bash "${@:3}"; }

# The bootstrap's last marker line.
last_stage() { grep -a '^claw-stage ' /var/log/openclaw-setup.log | tail -n 1; }

# Files of the gateway that hold a managed secret as it is. Values go from file to pipe, never into an argument.
copies() {
  local values
  [ -r "$2/gateway-token" ] && [ -d "$1" ] || return 3
  values=$(cat "$2/gateway-token" && echo && jq -r '.. | strings' "$2/keys.json") || return 3
  values=$(grep -aE '.{8}' <<<"$values")
  [ -n "$values" ] || return 3
  grep -arlF -f <(printf '%s\n' "$values") "$1" || [ $? = 1 ]
}

# Packages that wait, and whether a restart is due.
packages() {
  apt-get -s -o Debug::NoLocking=true upgrade | grep '^Inst '
  [ "${PIPESTATUS[0]}" = 0 ] || return 1
  [ ! -e /run/reboot-required ] || echo reboot-required
}

check clock date -u +%s.%N
check time-sync timedatectl show -p NTPSynchronized --value
check cloud-init cloud-init status --format json
inner bootstrap last_stage
check service systemctl --user show openclaw-gateway -p ActiveState -p SubState -p NRestarts
check listen ss -Hltn "sport = :$PORT"
check disk df -Pk / "$HOME"
check node node --version
check openclaw openclaw --version
check health openclaw health --json --timeout 10000
check security openclaw security audit --deep --json
check secrets openclaw secrets audit --json --check
inner plaintext copies "$STATE" "$SECRETS"
check update openclaw update status --json
inner packages packages
check end true
