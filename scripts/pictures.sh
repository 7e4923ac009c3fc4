#!/usr/bin/env bash
# Makes the README's pictures from the real program: tmux drives `claw demo`, a small drawing script turns the screens
# into PNG. Needs tmux, fonts-dejavu-core, and python3 with pyte and pillow (PYTHON names another python).
set -euo pipefail
cd "$(dirname "$0")/.."
claw=${CLAW:-target/release/claw}
out=docs/pictures
work=$(mktemp -d)
server=claw-pictures-$$
t() { tmux -L "$server" -f /dev/null "$@"; }
trap 't kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$out"

t new-session -d -x 120 -y 30 "$claw demo"
t set -g status off
shot() { t capture-pane -p -e -N >"$work/$1.ansi"; }
sees() { until t capture-pane -p | grep -q -- "$1"; do read -rt 0.1 <> <(:) || true; done; }

sees '21 steps'
shot plan
t send-keys a y 1
sees 'openclaw'
sees '━━━━━'
shot fleet
t send-keys Enter
sees 'stage'
shot logs
t send-keys 1
sees 'devices ask'
t send-keys 4
sees 'EXPIRES'
shot pairings
t send-keys 1 i
sees 'idle 3 h'
shot idle
t send-keys q
"${PYTHON:-python3}" scripts/ansi_to_png.py 120 30 "$out" "$work"/*.ansi
