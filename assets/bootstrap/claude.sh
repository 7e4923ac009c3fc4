#!/bin/bash
# Claude Code with its setup token from tmpfs: on a pipe, so that it stands in no environment and no argument.
if [ "$(id -un)" != openclaw ]; then
  exec sudo -n -H -u openclaw -- /usr/local/bin/claude "$@"
fi
exec 3< <(jq -r '.CLAUDE_CODE_OAUTH_TOKEN // empty' /run/openclaw/secrets/keys.json)
CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR=3 PATH=/opt/node/bin:$PATH exec /opt/claude-code/bin/claude "$@"
