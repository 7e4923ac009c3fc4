#!/usr/bin/env bash
# Makes the README's pictures and its animation from the real program: tmux drives `claw demo`, a small drawing script
# turns the screens into PNG and GIF. Needs tmux, fonts-dejavu-core, and python3 with pyte and pillow (PYTHON names another python).
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
sees() {
  for _ in $(seq 600); do
    t capture-pane -p | grep -q -- "$1" && return
    read -rt 0.1 <> <(:) || true
  done
  echo "never saw $1:" >&2
  t capture-pane -p >&2
  exit 1
}

# Frames of the animation, as the machines come up.
film() {
  for _ in $(seq "$1"); do
    frame=$((frame + 1))
    shot "$(printf 'film-%03d' "$frame")"
    read -rt 0.5 <> <(:) || true
  done
}
frame=0

sees '21 steps'
film 3
shot plan
t send-keys a
film 2
t send-keys y
film 3
t send-keys 1
sees 'openclaw'
sees '━━━━━'
shot fleet
film 12
t send-keys l
sees 'claw-stage'
film 6
shot logs
t send-keys 1
sees 'devices ask'
t send-keys 4
sees 'EXPIRES'
shot pairings
film 4
t send-keys a
film 2
t send-keys y
film 4
t send-keys 1 c
sees 'heartbeat'
shot config
t send-keys 1 i
sees 'idle 3 h'
shot idle
t send-keys 1
film 4
t send-keys Enter
sees 'Overview'
shot machine
t send-keys 1 8
sees 'reads left'
shot health
t send-keys q
"${PYTHON:-python3}" scripts/ansi_to_png.py 120 30 "$out" "$work"/*.ansi
