#!/usr/bin/env bash
# run.sh [COMMIT]: every comparison in one run, then one table of it all, each figure beside its bound; ends with 1 where
# one is missed. Wants a quiet machine, root for the fleet of sshd, and the peers that bench/fanout.py and bench/status.py
# name. COMMIT: whose clean release build is timed beside this one's.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/target/bench release=target/release failed=()
rm -rf "$out" target/criterion
mkdir -p "$out"

# A file's name, a heading, and the command whose answer goes there: what fails is told at the end, by all that ran.
part() {
  local name=$1
  echo "## $2"
  shift 2
  "$@" | tee "$out/$name.txt" || failed+=("$name")
}

# Seconds of a release build of the claw at $1 with nothing compiled before it, which is left in the folder $2.
clean_build() {
  local begun=$EPOCHREALTIME
  (cd "$1" && CARGO_TARGET_DIR=$2 cargo build --quiet --release --locked --bin claw)
  awk "BEGIN { printf \"%.0f\", $EPOCHREALTIME - $begun }"
}

builds() {
  cargo fetch --quiet --locked
  echo "| clean release build | $(clean_build . "$out/clean") |"
  install "$out/clean/release/claw" "$out/claw"
  rm -rf "$out/clean"
  if [ -n "$1" ]; then
    git worktree add --quiet --detach "$out/tree" "$1"
    (cd "$out/tree" && cargo fetch --quiet --locked)
    echo "| at $1 | $(clean_build "$out/tree" "$out/clean") |"
    git worktree remove --force "$out/tree"
    rm -rf "$out/clean"
  fi
  echo "| bytes | $(stat -c %s "$out/claw") |"
}

# The one that is released: beside the examples it is built with the features that only tests want.
part program "The program: seconds of a clean build, bytes" builds "${1:-}"
claw=$out/claw
cargo build --release --locked --bins --examples
cargo bench --locked --no-run
part plan "A plan" cargo bench --locked --bench plan -- --noplot
part up "up, in virtual time" "$release/examples/scale" 10 100 1000
part days "Days with faults, that CI does not live through" "$release/examples/soak" --seeds 2000 --from 100000
part window "The window" python3 bench/window.py "$claw" "$release/examples/bare" "$release/examples/grown" 1000 21
part frames "Its frames" cargo bench --locked --bench window -- --noplot
part status "status beside az vm list -d" python3 bench/status.py "$claw" "$release/examples/grown" 1000 3
if [ -d "${CLAW_SHARED:-../shared}/rigs" ]; then
  export CLAW_SHARED=${CLAW_SHARED:-../shared}
  part fanout "One command on many machines" python3 bench/fanout.py "$release/examples/fanout" 200 3
  part tails "A hundred logs for ten minutes" python3 bench/tails.py "$release/examples/tails" 100 50000 600
else
  echo "left out: there is no fleet of sshd without CLAW_SHARED"
fi
echo "## All of it"
python3 bench/table.py "$out" || failed+=("a bound")
[ ${#failed[@]} = 0 ] || { echo "missed: ${failed[*]}" >&2; exit 1; }
