#!/bin/bash
# claw-script restore
# Puts the archive that follows this script on standard input into the gateway's place. Runs as the gateway's user.
# What was there before stays beside it as .openclaw.before-restore, and comes back when the gateway is not well after;
# what older restores put aside gets the time at its end, and is not deleted in here.
# The machine may go down anywhere in here: the next run finds out how far it came.
set -euo pipefail
# An archive has its own modes; what is made here is the gateway's alone.
umask 077
cd /
export PATH="/opt/openclaw/bin:/opt/node/bin:$PATH" OPENCLAW_HIDE_BANNER=1 LC_ALL=C
XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
export XDG_RUNTIME_DIR
STATE=${OPENCLAW_STATE_DIR:-$HOME/.openclaw}
PORT=${CLAW_GATEWAY_PORT:-18789}
BEFORE=$STATE.before-restore
# There from before the old state leaves its place until it is settled which one stays.
CUT=$STATE.restoring
# In the restored state as long as $CUT is there: what a gateway made anew at boot does not have it.
NEW=.claw-restored
MEMORY=${CLAW_MEMORY:-/dev/shm}

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Whatever these leave running holds no lock.
gateway() { systemctl --user "$1" openclaw-gateway </dev/null 9>&-; }

well() {
  local tries=${CLAW_RESTORE_TRIES:-90}
  while ((tries-- > 0)); do
    if curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$PORT/readyz" 2>/dev/null; then
      openclaw health --json --timeout 10000 </dev/null 2>/dev/null 9>&- | jq -e '.ok == true' >/dev/null && return
    fi
    sleep 1
  done
  return 1
}

# The new state in place of the old one. As a condition it has no errexit: each step asks for the one before.
swap() {
  gateway stop && touch "$1/$NEW" "$CUT" && sync && mv -T "$STATE" "$BEFORE" && mv -T "$1" "$STATE" || return 1
  # Migrations of an archive from an older release; whether it is well the gateway tells.
  timeout 180 openclaw doctor --non-interactive </dev/null 9>&- || true
  gateway start && well && rm -f "$CUT" "$STATE/$NEW"
}

# What is in the place now goes aside as $1, and is not deleted in here.
swap_back() {
  gateway stop || true
  if [ -d "$BEFORE" ]; then
    if [ -e "$STATE" ]; then
      mv -T "$STATE" "$1" || return 1
    fi
    mv -T "$BEFORE" "$STATE" || return 1
  fi
  rm -f "$CUT" "$STATE/$NEW"
  gateway start || true
}

# What a machine that went down half way has left. A restored state that is well stays: work may have gone on in it.
recover() {
  [ -e "$CUT" ] || return 0
  if [ -d "$BEFORE" ] && [ -e "$STATE/$NEW" ] && gateway start && well; then
    rm -f "$CUT" "$STATE/$NEW"
  else
    swap_back "$STATE.not-well-$(date -u +%Y%m%dT%H%M%SZ)"
  fi
}

main() {
  # The state itself may be on its way; the folder that it is in is always there.
  exec 9<"$(dirname "$STATE")"
  flock -n 9 || fail "another backup, restore or upgrade is at work on this machine"
  [ "$(stat -f -c %T "$MEMORY")" = tmpfs ] || fail "$MEMORY is not in memory; an archive in plain text must not reach a disk"
  recover >/dev/null 2>&1 || fail "a restore before did not come to its end; the state before it lies in $BEFORE"
  [ -d "$STATE" ] || fail "there is no $STATE on the machine; nothing was changed"
  rm -rf "$MEMORY"/claw-restore.?????? "$STATE".restore.??????
  DIR=$(mktemp -d "$MEMORY/claw-restore.XXXXXX")
  # Beside the live state, so that moving it there is one step.
  STAGING=$(mktemp -d "$STATE.restore.XXXXXX")
  trap 'rm -rf "$DIR" "$STAGING"' EXIT
  trap 'exit 1' HUP INT TERM PIPE
  cat >"$DIR/archive.tar.gz"
  openclaw backup restore "$DIR/archive.tar.gz" --target "$STAGING" --json >"$DIR/answer" 2>"$DIR/complaint" </dev/null 9>&- ||
    fail "openclaw backup restore failed: $(tail -c 600 "$DIR/complaint" "$DIR/answer" | tr '\n' ' ')"
  local root manifest other new
  root=$STAGING/$(jq -r .archiveRoot "$DIR/answer")
  manifest=$root/manifest.json
  other=$(jq -r --arg state "$STATE" '.assets[] | select(.kind != "state" or .sourcePath != $state) | .sourcePath' "$manifest")
  [ -z "$other" ] || fail "the archive holds what does not belong to $STATE: $other"
  # What an archive says of itself leads nowhere else, by a link neither.
  new=$STAGING/$(jq -er '.assets[0].archivePath' "$manifest") || fail "the archive holds no state"
  new=$(realpath -e -- "$new") || fail "the archive does not hold the state that it names"
  case $new in "$(realpath -e -- "$STAGING")"/?*) ;; *) fail "the archive leads out of itself: $new" ;; esac
  # A restore whose answer never arrived is asked for again: what it put aside is the only copy of the work before it.
  [ ! -e "$BEFORE" ] || mv -T "$BEFORE" "$BEFORE-$(date -u +%Y%m%dT%H%M%S.%NZ)"
  # From here on a lost connection must not stop it half way: nothing is said before the end.
  trap '' HUP INT TERM PIPE
  if swap "$new" >/dev/null 2>"$DIR/complaint"; then
    jq -c --arg before "$BEFORE" '{created: .createdAt, version: .runtimeVersion, before: $before}' "$DIR/answer"
  else
    # The archive is still the operator's: this copy of it goes with the rest.
    swap_back "$STAGING/not-well" >/dev/null 2>&1 ||
      fail "the gateway is not well with the restored state, and the state before it is still in $BEFORE: restore again"
    fail "the gateway is not well with the restored state; the state before it is back in place"
  fi
  exit 0
}

main
