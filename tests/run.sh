#!/usr/bin/env bash
# Installs what the tests need (once; Debian packages by apt-get) and runs all of them.
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# Each real counterpart: the command that shows it is there, and the package that brings it.
missing=()
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing+=("$2"); }
need sshd openssh-server
need ssh openssh-client
need shellcheck shellcheck
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  as_root apt-get -qq update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qqy install "${missing[@]}"
fi

shellcheck assets/bootstrap/bootstrap.sh scripts/pictures.sh tests/run.sh .ci/run
cargo test --locked
