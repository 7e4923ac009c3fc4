#!/bin/bash
# The machine's secrets: from Key Vault, with its identities, to files on tmpfs that only the gateway's user reads.
#   wait     until they are here (at every boot, before the gateway)
#   refresh  fetch them again; a running gateway takes what changed
set -euo pipefail
# shellcheck source=lib.sh
. /opt/claw/lib.sh

# A token for Key Vault from the identity with this client ID; empty client ID means the system-assigned one.
token() {
  local url='http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01'
  curl -fsS -m 10 -H Metadata:true "$url&resource=https%3A%2F%2F$CLAW_VAULT_SUFFIX${1:+&client_id=$1}" 2>/dev/null |
    jq -er .access_token
}

# Prints a secret's value. 44: it does not exist; 43: this machine may not read it (yet); 45: no answer.
secret() {
  local name=$1 client=$2 answer code access
  access=$(token "$client") || return 43
  answer=$(curl -sS -m 15 -w '\n%{http_code}' -H @- \
    "https://$CLAW_VAULT.$CLAW_VAULT_SUFFIX/secrets/$name?api-version=7.5" <<<"Authorization: Bearer $access") || return 45
  code=${answer##*$'\n'}
  case $code in
    200) jq -er .value <<<"${answer%$'\n'*}" ;;
    404) return 44 ;;
    401 | 403) return 43 ;;
    *) return 45 ;;
  esac
}

# Writes a file that only the gateway's user can read, whole or not at all. The value comes on stdin.
# 3: it was so before; 45: it can't be written.
keep() {
  local file=$SECRETS/$1 fresh
  fresh=$(mktemp "$SECRETS/.new.XXXXXX") || return 45
  cat >"$fresh"
  if cmp -s "$fresh" "$file"; then
    rm -f "$fresh"
    return 3
  fi
  chown openclaw: "$fresh" && chmod 0400 "$fresh" && mv -f "$fresh" "$file" || return 45
}

# 0: they are here; 10: and they changed; 46: one is no JSON object; else as `secret`.
fetch() {
  local shared own all rc=0
  install -d -m 0750 -o root -g openclaw /run/openclaw "$SECRETS" || return 45
  [ -e "$SECRETS/gateway-token" ] || head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' | keep gateway-token
  shared=$(secret "$CLAW_SHARED_SECRET" "$CLAW_IDENTITY_CLIENT_ID") || return $?
  own=$(secret "$CLAW_MEMBER_SECRET" "") || rc=$?
  case $rc in
    0) ;;
    44) own='{}' ;;
    *) return $rc ;;
  esac
  rc=0
  # Merged before anything is replaced: what is wrong in the vault must not cost the keys that are here.
  all=$(jq -n --slurpfile s /dev/fd/3 --slurpfile o /dev/fd/4 \
    'if ($s + $o | length == 2 and all(type == "object")) then $s[0] + $o[0] else error("no object") end' \
    3<<<"$shared" 4<<<"$own" 2>/dev/null) || return 46
  keep keys.json <<<"$all" || rc=$?
  case $rc in
    0) return 10 ;;
    3) return 0 ;;
    *) return 45 ;;
  esac
}

# In words, on one line.
explain() {
  case $1 in
    44) say "vault $CLAW_VAULT has no secret $CLAW_SHARED_SECRET yet: claw secrets push" ;;
    46) say "vault $CLAW_VAULT: $CLAW_SHARED_SECRET or $CLAW_MEMBER_SECRET is no JSON object: claw secrets push" ;;
    43) say "vault $CLAW_VAULT: access not granted yet" ;;
    *) say "vault $CLAW_VAULT does not answer" ;;
  esac
}

# One try, under a lock: two at once would mix an old and a new value.
try_once() {
  local rc=0
  exec 8>/run/claw-secrets.lock
  flock 8
  fetch || rc=$?
  exec 8>&-
  return $rc
}

wait_for_all() {
  local rc pause=2
  while true; do
    rc=0
    try_once || rc=$?
    [ $rc = 0 ] || [ $rc = 10 ] && return
    explain $rc
    sleep $pause
    pause=$((pause < 30 ? pause * 2 : 30))
  done
}

refresh() {
  local rc=0
  try_once || rc=$?
  # A reload that failed is owed until it is done.
  [ $rc != 10 ] || touch /run/claw-reload-owed
  [ $rc != 0 ] || [ ! -e /run/claw-reload-owed ] || rc=10
  case $rc in
    0) say "secrets are as they were" ;;
    10)
      if as_gateway systemctl --user --quiet is-active openclaw-gateway; then
        if ! as_gateway "$NPM_PREFIX/bin/openclaw" secrets reload --json >/dev/null; then
          say "secrets changed, and the gateway did not take them: it is asked again next time"
          return 1
        fi
        rm -f /run/claw-reload-owed
        say "secrets changed, and the gateway took them"
      else
        rm -f /run/claw-reload-owed
        say "secrets changed"
      fi
      ;;
    *)
      explain $rc
      return 1
      ;;
  esac
}

case ${1:-} in
  token) token "$2" >/dev/null ;;
  once) try_once || { rc=$?; [ $rc = 10 ] || { explain $rc; exit $rc; }; } ;;
  wait) wait_for_all ;;
  refresh) refresh ;;
  *)
    say "usage: secrets.sh wait|refresh" >&2
    exit 2
    ;;
esac
