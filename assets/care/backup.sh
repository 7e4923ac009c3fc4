#!/bin/bash
# claw-script backup
# The gateway's own verified archive, made in memory and sent on standard output; standard error has one line of JSON
# about it before the first byte. Runs as the gateway's user, from standard input, so nothing in here may read that.
set -euo pipefail
cd /
export PATH="/opt/openclaw/bin:/opt/node/bin:$PATH" OPENCLAW_HIDE_BANNER=1 LC_ALL=C
STATE=${OPENCLAW_STATE_DIR:-$HOME/.openclaw}
MEMORY=${CLAW_MEMORY:-/dev/shm}

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Held until this process ends; a second backup would take the memory that the first one needs.
# The state itself may be on its way; the folder that it is in is always there.
exec 9<"$(dirname "$STATE")"
flock -n 9 || fail "another backup, restore or upgrade is at work on this machine"
[ ! -e "$STATE.restoring" ] || fail "a restore was cut off on this machine: claw restore settles that first"
[ "$(stat -f -c %T "$MEMORY")" = tmpfs ] || fail "$MEMORY is not in memory; an archive in plain text must not reach a disk"
# What a run that was killed has left.
rm -rf "$MEMORY"/claw-backup.??????
DIR=$(mktemp -d "$MEMORY/claw-backup.XXXXXX")
trap 'rm -rf "$DIR"' EXIT
# A connection that was cut shows as a broken pipe.
trap 'exit 1' HUP INT TERM PIPE
export TMPDIR=$DIR

openclaw backup create --output "$DIR" --verify --json >"$DIR/answer" 2>"$DIR/complaint" </dev/null 9>&- ||
  fail "openclaw backup create failed: $(tail -c 600 "$DIR/complaint" "$DIR/answer" | tr '\n' ' ')"
[ "$(jq -r .verified "$DIR/answer")" = true ] || fail "OpenClaw did not verify its archive"
archive=$(jq -r .archivePath "$DIR/answer")
sum=$(sha256sum "$archive")
jq -c --arg sha256 "${sum%% *}" --argjson bytes "$(stat -c %s "$archive")" \
  --arg version "$(openclaw --version </dev/null 9>&- | cut -d' ' -f2)" \
  '{created: .createdAt, bytes: $bytes, sha256: $sha256, version: $version}' "$DIR/answer" >&2
cat "$archive"
