#!/bin/sh
# `openclaw` for whoever signs in here: runs as the gateway's user, who owns its files.
if [ "$(id -un)" != openclaw ]; then
  exec sudo -n -H -u openclaw -- /usr/local/bin/openclaw "$@"
fi
PATH=/opt/openclaw/bin:/opt/node/bin:/usr/local/bin:/usr/bin:/bin
XDG_RUNTIME_DIR=/run/user/$(id -u)
export PATH XDG_RUNTIME_DIR
cd "$HOME" || exit 1
exec /opt/openclaw/bin/openclaw "$@"
