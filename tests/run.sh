#!/usr/bin/env bash
# Installs what the tests need (once; Debian packages by apt-get, Python's, npm's and cargo's into target/tools) and runs all of them.
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# Each real counterpart: the command that shows it is there, and the package that brings it.
missing=()
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing+=("$2"); }
need sshd openssh-server
need ssh openssh-client
need shellcheck shellcheck
need curl curl
need jq jq
# libFuzzer, which the fuzz targets are linked with, is C++.
need c++ g++
need ss iproute2
need zsh zsh
need fish fish
need npm npm
# A real Ubuntu boots where we may mount and make networks; CLAW_UBUNTU=0 leaves it out. CLAW_EXTRAS_ALL=1 boots
# another one that gets every extra: Docker, and the Azure CLI, whose installation takes minutes.
may_boot() { [ "$(id -u)" = 0 ] && [ "$(uname -m)" = x86_64 ] && unshare --mount --net true 2>/dev/null; }
if [ -z "${CLAW_UBUNTU:-}" ]; then
  if may_boot; then CLAW_UBUNTU=1; else CLAW_UBUNTU=0; fi
fi
export CLAW_UBUNTU
if [ "$CLAW_UBUNTU" = 1 ]; then
  need mmdebstrap mmdebstrap
  need debootstrap debootstrap
  need systemd-nspawn systemd-container
  need iptables iptables
else
  echo "NOT TESTED: no real Ubuntu boots without root's rights to mount and to make networks (or CLAW_UBUNTU=0)"
fi
python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  as_root apt-get -qq update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qqy install "${missing[@]}"
fi

# A Python environment of its own for each judge; `.done` says that its installation came to its end.
tool() {
  local at=target/tools/$1
  shift
  [ "$(cat "$at/.done" 2>/dev/null)" = "$*" ] && return
  echo "installing: $*"
  rm -rf "$at"
  python3 -m venv "$at"
  "$at/bin/pip" install --quiet --disable-pip-version-check "$@"
  echo "$*" >"$at/.done"
}

# A real OpenClaw, and the Node it needs, which has to be there before it: node_modules/.bin has both commands.
openclaw() {
  local at=target/tools/openclaw node=node@$1 openclaw=openclaw@$2
  [ "$(cat "$at/.done" 2>/dev/null)" = "$node $openclaw" ] && return
  echo "installing: $node $openclaw"
  rm -rf "$at"
  mkdir -p "$at"
  npm install --loglevel=error --no-audit --no-fund --prefix "$at" "$node"
  PATH=$PWD/$at/node_modules/.bin:$PATH npm install --loglevel=error --no-audit --no-fund --prefix "$at" "$openclaw"
  PATH=$PWD/$at/node_modules/.bin:$PATH "$at/node_modules/.bin/openclaw" --version
  echo "$node $openclaw" >"$at/.done"
}

# The network brings these while the compiler is busy.
packages() {
  tool azure-cli azure-cli==2.91.0
  tool judges checkov==3.3.30 jsonschema==4.26.0 referencing==0.37.0
  openclaw 24.21.0 2026.9.6
  # The root of a real Ubuntu; machines of tests boot it under a layer of their own.
  if [ "$CLAW_UBUNTU" = 1 ]; then as_root tests/rig/root.sh target/tools/noble; fi
}
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
packages &
packages=$!

# Cargo's own tools, built once; without optimisation, which takes a third of the time and is fast enough.
cargo_tool() {
  local at=target/tools/cargo name=${1%@*}
  [ "$("$at/bin/$name" --version 2>/dev/null)" = "${1/@/ }" ] && return
  echo "installing: $1"
  CARGO_TARGET_DIR=$PWD/target/tools/cargo-build cargo install --quiet --locked --debug --root "$at" "$1"
}
cargo_tool cargo-audit@0.22.2
cargo_tool cargo-deny@0.20.2
rm -rf target/tools/cargo-build

# Licences, sources and bans (deny.toml); advisories (.cargo/audit.toml has the exceptions, each with its reason).
target/tools/cargo/bin/cargo-deny --locked check licenses bans sources
advisories=${CLAW_SHARED:-../shared}/advisory-db
if [ -d "$advisories" ]; then
  target/tools/cargo/bin/cargo-audit audit --db "$advisories" --no-fetch --stale
elif [ "${CI:-}" = true ]; then
  echo "there is no snapshot of the advisories at $advisories" >&2
  exit 1
else
  target/tools/cargo/bin/cargo-audit audit
fi

shellcheck -x -P assets/bootstrap assets/bootstrap/*.sh assets/care/*.sh tests/rig/*.sh scripts/pictures.sh scripts/release.sh bench/run.sh tests/run.sh .ci/run
# No error of a library needs a backtrace; the tests make many, and a panic has its own.
export RUST_LIB_BACKTRACE=0
# The fuzz targets are a workspace of their own, which nothing else compiles.
cargo check --locked --manifest-path fuzz/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-target}"
cargo test --locked --no-run
wait "$packages"

# A hanging test is ended and named.
suite() { timeout --kill-after=60 70m cargo test --locked --no-fail-fast "$@"; }
# What boots and waits (tests/real) goes beside what computes (all others), and is told after it.
suite --test real >target/real.log 2>&1 &
real=$!
failed=0
suite --lib --bins --examples --test '[!r]*' || failed=$?
wait "$real" || failed=$?
cat target/real.log
exit "$failed"
