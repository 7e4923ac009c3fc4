#!/bin/bash
# claw-script restart
# Restarts the gateway's service and waits until it is well. Runs as the gateway's user.
set -euo pipefail
cd /
export PATH="/opt/openclaw/bin:/opt/node/bin:$PATH" OPENCLAW_HIDE_BANNER=1 LC_ALL=C
XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
export XDG_RUNTIME_DIR
PORT=${CLAW_GATEWAY_PORT:-18789}

# A gateway at work is given the time that its unit allows.
systemctl --user restart openclaw-gateway </dev/null
tries=120
while ((tries-- > 0)); do
  if curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$PORT/readyz" 2>/dev/null </dev/null; then
    openclaw health --json --timeout 10000 </dev/null 2>/dev/null | jq -e '.ok == true' >/dev/null && exit 0
  fi
  sleep 1
done
echo "the gateway was restarted and is not well after two minutes" >&2
exit 1
