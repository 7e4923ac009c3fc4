#!/bin/bash
# claw-script upgrade
# Brings another release of OpenClaw (the first argument) into service, or leaves the one before in service.
# Runs as root. The release before and a copy of its state stay beside until the gateway is well.
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
NEXT=$PREFIX.next BEFORE=$PREFIX.before GONE=$PREFIX.gone KEPT=$STATE.before-upgrade

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# `runuser` keeps root's environment.
# Root touches nothing below the gateway's home: a link laid there would lead it anywhere.
as_gateway() {
  runuser -u "$USER_NAME" -- env "HOME=$GATEWAY_HOME" "XDG_RUNTIME_DIR=/run/user/$(id -u "$USER_NAME")" \
    "PATH=$PREFIX/bin:$PATH" "$@" </dev/null
}

service() { as_gateway systemctl --user "$1" openclaw-gateway; }

version_in() { "$1/bin/openclaw" --version </dev/null 2>/dev/null | cut -d' ' -f2; }

# Ready, and of this version.
well() {
  local tries=120
  while ((tries-- > 0)); do
    if curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$PORT/readyz" 2>/dev/null; then
      as_gateway openclaw health --json --timeout 10000 2>/dev/null | jq -e '.ok == true' >/dev/null &&
        [ "$(version_in "$PREFIX")" = "$1" ] && return
    fi
    sleep 1
  done
  return 1
}

# As a condition it has no errexit: each step asks for the one before.
swap() {
  service stop && as_gateway cp -a "$STATE" "$KEPT" && mv "$PREFIX" "$BEFORE" && mv "$NEXT" "$PREFIX" || return 1
  as_gateway timeout 300 openclaw doctor --non-interactive || true
  service start && well "$VERSION"
}

# The release before with its state: a newer one may have moved the databases on.
swap_back() {
  service stop || true
  if [ -d "$BEFORE" ]; then
    rm -rf "$PREFIX"
    mv "$BEFORE" "$PREFIX"
    as_gateway rm -rf "$STATE"
    as_gateway mv "$KEPT" "$STATE"
  fi
  service start
}

main() {
  exec 9>"$LOG.lock"
  flock -n 9 || fail "another upgrade is at work on this machine"
  local old
  # Only what a machine that went down half way has left: the upgrade before did not come to its end.
  if [ -d "$BEFORE" ]; then
    swap_back >>"$LOG" 2>&1 || true
  fi
  rm -rf "$NEXT" "$GONE"
  as_gateway rm -rf "$KEPT"
  old=$(version_in "$PREFIX")
  if [ "$old" = "$VERSION" ]; then
    printf '{"before":"%s","after":"%s","changed":false}\n' "$old" "$VERSION"
    exit 0
  fi
  npm install --no-fund --no-audit --global --prefix "$NEXT" "openclaw@$VERSION" >>"$LOG" 2>&1 </dev/null ||
    fail "npm can't install openclaw@$VERSION: $(tail -n 5 "$LOG" | tr '\n' ' ')"
  [ "$(version_in "$NEXT")" = "$VERSION" ] || fail "OpenClaw $VERSION does not run on this machine's Node"
  # From here on a lost connection must not stop it half way: nothing is said before the end.
  trap '' HUP INT TERM PIPE
  if swap >>"$LOG" 2>&1; then
    # So that a bootstrap that runs again agrees.
    sed -i "s/^CLAW_OPENCLAW_VERSION=.*/CLAW_OPENCLAW_VERSION='$VERSION'/" "$SETTINGS"
    # Renamed first: what is half removed must not be taken for a release to go back to.
    mv "$BEFORE" "$GONE"
    rm -rf "$GONE"
    as_gateway rm -rf "$KEPT"
    printf '{"before":"%s","after":"%s","changed":true}\n' "$old" "$VERSION"
    exit 0
  fi
  local back=0
  { swap_back && well "$old"; } >>"$LOG" 2>&1 || back=1
  rm -rf "$NEXT"
  if [ $back = 0 ]; then
    as_gateway rm -rf "$KEPT"
    fail "the gateway is not well with OpenClaw $VERSION; $old and its state are back in service"
  fi
  fail "the gateway is not well with OpenClaw $VERSION, nor with $old after that; see $LOG on the machine"
}

main
