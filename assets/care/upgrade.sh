#!/bin/bash
# claw-script upgrade
# Brings another release of OpenClaw (the first argument) into service, or leaves the one before in service.
# Runs as root. The release before and a copy of its state stay beside until the gateway is well. The machine may go
# down anywhere in here: the next run finds out how far it came. With `look` as the second argument it says what there is
# to do, with `settle` it only brings to its end what was cut off.
set -euo pipefail
cd /
export PATH="/opt/node/bin:$PATH" OPENCLAW_HIDE_BANNER=1 LC_ALL=C DEBIAN_FRONTEND=noninteractive
VERSION=${1:?the version to install}
PREFIX=${CLAW_NPM_PREFIX:-/opt/openclaw}
USER_NAME=${CLAW_GATEWAY_USER:-openclaw}
GATEWAY_HOME=$(getent passwd "$USER_NAME" | cut -d: -f6)
STATE=${OPENCLAW_STATE_DIR:-$GATEWAY_HOME/.openclaw}
SETTINGS=${CLAW_SETTINGS:-/etc/claw/settings}
PORT=${CLAW_GATEWAY_PORT:-18789}
LOG=${CLAW_UPGRADE_LOG:-/var/log/claw-upgrade.log}
NEXT=$PREFIX.next BEFORE=$PREFIX.before GONE=$PREFIX.gone FAILED=$PREFIX.failed KEPT=$STATE.before-upgrade
# Where the state of a release that was not well lies; nothing in here deletes that.
ASIDE=

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# `runuser` keeps root's environment.
# Root touches nothing below the gateway's home: a link laid there would lead it anywhere.
# What a program leaves running keeps neither a lock nor the log nor this script's pipes: it writes to files of its own.
as_gateway() {
  local said rc=0
  said=$(mktemp -d) || return 1
  runuser -u "$USER_NAME" -- env "HOME=$GATEWAY_HOME" "XDG_RUNTIME_DIR=/run/user/$(id -u "$USER_NAME")" \
    "PATH=$PREFIX/bin:$PATH" "$@" </dev/null >"$said/out" 2>"$said/err" 8>&- 9>&- || rc=$?
  cat "$said/out"
  cat "$said/err" >&2
  rm -rf "$said"
  return $rc
}

service() { as_gateway systemctl --user "$1" openclaw-gateway; }

version_in() { "$1/bin/openclaw" --version </dev/null 2>/dev/null 8>&- 9>&- | cut -d' ' -f2; }

# Ready, and of this version.
well() {
  local tries=${CLAW_UPGRADE_TRIES:-120}
  while ((tries-- > 0)); do
    if curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$PORT/readyz" 2>/dev/null; then
      as_gateway openclaw health --json --timeout 10000 2>/dev/null | jq -e '.ok == true' >/dev/null &&
        [ "$(version_in "$PREFIX")" = "$1" ] && return
    fi
    sleep 1
  done
  return 1
}

# A copy has its name only when it is whole and on the disk.
keep() {
  as_gateway rm -rf "$KEPT.part" "$KEPT" && as_gateway cp -a "$STATE" "$KEPT.part" && sync &&
    as_gateway mv -T "$KEPT.part" "$KEPT"
}

# As a condition it has no errexit: each step asks for the one before.
swap() {
  service stop && keep && mv -T "$PREFIX" "$BEFORE" && mv -T "$NEXT" "$PREFIX" || return 1
  as_gateway timeout 300 openclaw doctor --non-interactive || true
  service start && well "$VERSION"
}

# The new release is the one: what is only there to go back goes.
finish() {
  # So that a bootstrap that runs again agrees.
  sed -i "s/^CLAW_OPENCLAW_VERSION=.*/CLAW_OPENCLAW_VERSION='$1'/" "$SETTINGS" &&
    # Renamed first: what is half removed must not be taken for a release to go back to.
    rm -rf "$GONE" && mv -T "$BEFORE" "$GONE" && rm -rf "$GONE" && as_gateway rm -rf "$KEPT"
}

# The release before with its state: a newer one may have moved the databases on. Without a release in place no gateway
# starts, whenever the machine goes down, so nothing makes a state anew while one is on its way.
swap_back() {
  service stop || true
  # A copy that filled the disk must not make the release before look ill, nor leave its state no room.
  rm -rf "$NEXT" "$FAILED"
  as_gateway rm -rf "$KEPT.part"
  if [ -d "$BEFORE" ]; then
    if [ -e "$PREFIX" ]; then
      mv -T "$PREFIX" "$FAILED" || return 1
      rm -rf "$FAILED"
    fi
    if as_gateway test -d "$KEPT"; then
      if as_gateway test -e "$STATE"; then
        ASIDE=$(as_gateway mktemp -d "$STATE.not-well-$(date -u +%Y%m%d).XXXXXX") &&
          as_gateway mv -T "$STATE" "$ASIDE" || return 1
      fi
      as_gateway mv -T "$KEPT" "$STATE" || return 1
    fi
    mv -T "$BEFORE" "$PREFIX" || return 1
  fi
  service start
}

# What a machine that went down half way has left. Days may have passed since: a gateway that is well is not taken back
# to an old copy of its state.
recover() {
  local now
  [ -d "$BEFORE" ] || return 0
  now=$(version_in "$PREFIX") || now=
  if [ -n "$now" ] && service start && well "$now"; then
    finish "$now"
  else
    swap_back
  fi
}

# Brings to its end what was cut off; then nothing of it lies beside any more.
settle() {
  recover >>"$LOG" 2>&1 || fail "an upgrade before did not come to its end, and this one can't end it; see $LOG on the machine"
  as_gateway test -d "$STATE" || fail "there is no $STATE on the machine; nothing was changed"
  rm -rf "$NEXT" "$GONE" "$FAILED"
  as_gateway rm -rf "$KEPT" "$KEPT.part"
}

# Also true while an upgrade is at work.
is_cut_off() {
  local left
  for left in "$BEFORE" "$NEXT" "$GONE" "$FAILED"; do
    [ ! -e "$left" ] || return 0
  done
  as_gateway test -e "$KEPT" || as_gateway test -e "$KEPT.part"
}

# Says something only when there is nothing to do, or something to settle first; changes nothing.
look() {
  if is_cut_off; then
    printf '{"cut_off":true}\n'
  elif [ "$(version_in "$PREFIX")" = "$VERSION" ]; then
    printf '{"before":"%s","after":"%s","changed":false}\n' "$VERSION" "$VERSION"
  fi
  exit 0
}

# Backup and restore lock the folder that the state is in: the state itself may be on its way, that one stays.
lock() {
  exec 9>"$LOG.lock" 8<"$(dirname "$STATE")"
  flock -n 9 || fail "another upgrade is at work on this machine"
  flock -n 8 || fail "a backup or restore is at work on this machine; nothing was changed"
}

main() {
  local old
  [ "${2:-}" != look ] || look
  lock
  if [ "${2:-}" = settle ]; then
    # A lost connection must not cut it off again.
    trap '' HUP INT TERM PIPE
    settle
    exit 0
  fi
  settle
  old=$(version_in "$PREFIX") || fail "OpenClaw does not run on the machine; nothing was changed"
  if [ "$old" = "$VERSION" ]; then
    printf '{"before":"%s","after":"%s","changed":false}\n' "$old" "$VERSION"
    exit 0
  fi
  npm install --no-fund --no-audit --global --prefix "$NEXT" "openclaw@$VERSION" >>"$LOG" 2>&1 </dev/null 8>&- 9>&- ||
    fail "npm can't install openclaw@$VERSION: $(tail -n 5 "$LOG" | tr '\n' ' ')"
  [ "$(version_in "$NEXT")" = "$VERSION" ] || fail "OpenClaw $VERSION does not run on this machine's Node"
  # From here on a lost connection must not stop it half way: nothing is said before the end.
  trap '' HUP INT TERM PIPE
  if swap >>"$LOG" 2>&1; then
    finish "$VERSION" >>"$LOG" 2>&1
    printf '{"before":"%s","after":"%s","changed":true}\n' "$old" "$VERSION"
    exit 0
  fi
  local back=0 lies=
  { swap_back && well "$old"; } >>"$LOG" 2>&1 || back=1
  [ -z "$ASIDE" ] || lies="; what $VERSION made of the state lies in $ASIDE"
  if [ $back = 0 ]; then
    # Still there when the swap ended before the new release was in place.
    as_gateway rm -rf "$KEPT"
    fail "the gateway is not well with OpenClaw $VERSION; $old and its state are back in service$lies"
  fi
  fail "the gateway is not well with OpenClaw $VERSION, nor with $old after that; see $LOG on the machine$lies"
}

main "$@"
