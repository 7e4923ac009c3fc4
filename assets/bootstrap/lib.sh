# What the scripts of this folder share; sourced by each.
# shellcheck shell=bash

# shellcheck disable=SC2034
DONE=/var/lib/claw/done
# shellcheck disable=SC2034
SECRETS=/run/openclaw/secrets
NPM_PREFIX=/opt/openclaw
# Whatever bash or jq spills while handling a secret must stay in memory: /run is tmpfs.
export TMPDIR=/run HOME=/root
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
export PATH="$NPM_PREFIX/bin:/opt/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# shellcheck source=/dev/null
[ -r /etc/claw/settings ] && . /etc/claw/settings

say() { printf '%s\n' "$*"; }
# Why a stage is about to fail and what to do; kept in a file because stages run in a subshell.
why() { say "$*" | tee /run/claw-why; }
mark() { say "claw-stage $1 $2 $(date -u +%Y-%m-%dT%H:%M:%SZ)${3:+ $3}"; }

# The log and the console get what the gateway's user says, too, and claw reads host keys on the console: no line can
# be such a block's. Colours go; other control characters, which claw leaves out, are shown as `?`.
plain() {
  LC_ALL=C sed -u -e 's/\x1b\[[0-9;]*m//g' -e 's/[\x00-\x08\x0b-\x1f\x7f]/?/g' -e 's/\xc2[\x80-\x9f]/?/g' \
    -e 's/SSH[[:blank:]]*HOST[[:blank:]]*KEY[[:blank:]]*KEYS/(host keys)/g'
}

# Runs it in a subshell with errexit, which an `if` or `||` around a call would switch off; its exit code is in RC.
checked() {
  set +e
  (set -e; "$@")
  # shellcheck disable=SC2034
  RC=$?
  set -e
}

# apt waits for dpkg's lock by itself, but not for those on its lists and its archives.
await_apt() {
  timeout 600 python3 -c '
import fcntl
for folder in "/var/lib/apt/lists", "/var/cache/apt/archives":
    lock = open(folder + "/lock", "w")
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("another apt is at work in", folder + "; waiting for it", flush=True)
        fcntl.lockf(lock, fcntl.LOCK_EX)
' || true
}

# Hundreds of small packages on a slow disk: dpkg need not wait for the disk after each.
apt_get() {
  await_apt
  apt-get -o DPkg::Lock::Timeout=600 -o DPkg::Options::=--force-unsafe-io -o Acquire::Retries=3 \
    -qqy --no-install-recommends "$@"
}

# Extensions install packages at the same time: apt waits for its locks. What a kill left half done is finished first.
apt() {
  local try broken
  for try in 1 2 3; do
    # Killed while unpacking: dpkg configures such a package no more, and apt can't replace what others need.
    # shellcheck disable=SC2016
    broken=$(dpkg-query -W -f='${Package} ${db:Status-Eflag}\n' | awk '$2 == "reinstreq" {print $1}')
    # shellcheck disable=SC2086
    [ -z "$broken" ] || dpkg --remove --force-remove-reinstreq --force-depends $broken || true
    [ -z "$(dpkg --audit 2>&1)" ] || dpkg --configure -a || apt_get --fix-broken install || true
    apt_get "$@" && return
    apt_get --fix-broken install || true
    [ "$try" = 3 ] || { say "apt-get $1 failed, try $try of 3"; sleep 10; }
  done
  why "apt-get $* fails; is Ubuntu's archive reachable from here?"
  return 1
}

# npm into a folder that replaces the old one only when it is whole.
npm_into() {
  local folder=$1
  shift
  rm -rf "$folder.new"
  if ! npm install --no-fund --no-audit --loglevel=error --global --prefix "$folder.new" "$@"; then
    why "npm install $* fails; is npm's registry reachable from here?"
    return 1
  fi
  rm -rf "$folder.old"
  [ ! -e "$folder" ] || mv -T "$folder" "$folder.old"
  mv -T "$folder.new" "$folder"
  rm -rf "$folder.old"
}

gateway_user() { id -u openclaw >/dev/null 2>&1 || useradd --create-home --shell /bin/bash openclaw; }
# Root never writes below the gateway's home: a link laid there would lead it anywhere.
as_gateway() { runuser -u openclaw -- env "HOME=/home/openclaw" "XDG_RUNTIME_DIR=/run/user/$(id -u openclaw)" "$@"; }
# Writes standard input to a file below the gateway's home, whole or not at all.
as_gateway_write() {
  # shellcheck disable=SC2016
  as_gateway sh -c 'umask 077; cd && mkdir -p "$(dirname "$1")" && cat >"$1.new" && test -s "$1.new" && mv -f "$1.new" "$1"' sh "$1"
}
