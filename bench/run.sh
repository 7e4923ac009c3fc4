#!/usr/bin/env bash
# Every comparison in one run: builds claw as it is released and prints one table after the other. Wants a quiet
# machine, root for the fleet of sshd, and the peers that bench/fanout.py and bench/status.py name.
set -euo pipefail
cd "$(dirname "$0")/.."
release=target/release
# Alone, and kept: beside the examples it is built anew, with the features that only tests want.
cargo build --release --locked --bin claw
claw=target/bench/claw
install -D "$release/claw" "$claw"
echo "## The program: $(stat -c %s "$claw") bytes"
cargo build --release --locked --bins --examples
echo "## A plan"
cargo bench --locked --bench plan -- --noplot 2>&1 | grep -E '^plan/|time:'
echo "## up, in virtual time"
"$release/examples/scale" 10 100 1000
echo "## Days with faults, that CI does not live through"
"$release/examples/soak" --seeds 2000 --from 100000
echo "## The window"
python3 bench/window.py "$claw" "$release/examples/bare" "$release/examples/grown" 1000 21
cargo bench --locked --bench window -- --noplot
echo "## status beside az vm list -d"
python3 bench/status.py "$claw" "$release/examples/grown" 1000 3
if [ -d "${CLAW_SHARED:-../shared}/rigs" ]; then
  export CLAW_SHARED=${CLAW_SHARED:-../shared}
  echo "## One command on many machines"
  python3 bench/fanout.py "$release/examples/fanout" 200 3
  echo "## A hundred logs for ten minutes"
  python3 bench/tails.py "$release/examples/tails" 100 50000 600
else
  echo "left out: there is no fleet of sshd without CLAW_SHARED"
fi
