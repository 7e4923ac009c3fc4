#!/bin/bash
# claw-script restore
# Puts the archive that follows this script on standard input into the gateway's place. Runs as the gateway's user.
# What was there before stays beside it as .openclaw.before-restore, and comes back when the gateway is not well after.
set -euo pipefail
cd /
export PATH="/opt/openclaw/bin:/opt/node/bin:$PATH" OPENCLAW_HIDE_BANNER=1 LC_ALL=C
XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
export XDG_RUNTIME_DIR
STATE=${OPENCLAW_STATE_DIR:-$HOME/.openclaw}
PORT=${CLAW_GATEWAY_PORT:-18789}
BEFORE=$STATE.before-restore
MEMORY=/dev/shm

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

gateway() { systemctl --user "$1" openclaw-gateway </dev/null; }

well() {
  local tries=90
  while ((tries-- > 0)); do
    if curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$PORT/readyz" 2>/dev/null; then
      openclaw health --json --timeout 10000 </dev/null 2>/dev/null | jq -e '.ok == true' >/dev/null && return
    fi
    sleep 1
  done
  return 1
}

# The new state in place of the old one. As a condition it has no errexit: each step asks for the one before.
swap() {
  gateway stop && mv "$STATE" "$BEFORE" && mv "$1" "$STATE" || return 1
  # Migrations of an archive from an older release; whether it is well the gateway tells.
  timeout 180 openclaw doctor --non-interactive </dev/null || true
  gateway start && well
}

swap_back() {
  gateway stop || true
  if [ -d "$BEFORE" ]; then
    rm -rf "$STATE"
    mv "$BEFORE" "$STATE"
  fi
  gateway start || true
}

main() {
  exec 9<"$STATE"
  flock -n 9 || fail "another backup or restore is at work on this machine"
  [ "$(stat -f -c %T "$MEMORY")" = tmpfs ] || fail "$MEMORY is not in memory; an archive in plain text must not reach a disk"
  rm -rf "$MEMORY"/claw-restore.?????? "$STATE".restore.??????
  DIR=$(mktemp -d "$MEMORY/claw-restore.XXXXXX")
  # Beside the live state, so that moving it there is one step.
  STAGING=$(mktemp -d "$STATE.restore.XXXXXX")
  trap 'rm -rf "$DIR" "$STAGING"' EXIT
  trap 'exit 1' HUP INT TERM PIPE
  cat >"$DIR/archive.tar.gz"
  openclaw backup restore "$DIR/archive.tar.gz" --target "$STAGING" --json >"$DIR/answer" 2>"$DIR/complaint" </dev/null ||
    fail "openclaw backup restore failed: $(tail -c 600 "$DIR/complaint" "$DIR/answer" | tr '\n' ' ')"
  local root manifest other new
  root=$STAGING/$(jq -r .archiveRoot "$DIR/answer")
  manifest=$root/manifest.json
  other=$(jq -r --arg state "$STATE" '.assets[] | select(.kind != "state" or .sourcePath != $state) | .sourcePath' "$manifest")
  [ -z "$other" ] || fail "the archive holds what does not belong to $STATE: $other"
  new=$STAGING/$(jq -er '.assets[0].archivePath' "$manifest")
  rm -rf "$BEFORE"
  # From here on a lost connection must not stop it half way: nothing is said before the end.
  trap '' HUP INT TERM PIPE
  if swap "$new" >/dev/null 2>"$DIR/complaint"; then
    jq -c --arg before "$BEFORE" '{created: .createdAt, version: .runtimeVersion, before: $before}' "$DIR/answer"
  else
    swap_back >/dev/null 2>&1
    fail "the gateway is not well with the restored state; the state before it is back in place"
  fi
  exit 0
}

main
