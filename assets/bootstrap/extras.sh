# What a team may want beside OpenClaw: CLAW_EXTRAS names them. Sourced by bootstrap.sh.
# shellcheck shell=bash

# Those that could not be installed, and why; for the marker of `ready`.
WITHOUT=

# Runs once the gateway answers. What can't be had keeps nobody from working: the others go on, and each boot tries it
# again.
extras() {
  local extra
  for extra in ${CLAW_EXTRAS:-}; do
    [ -e "$DONE/extra-$extra" ] && continue
    say "extra $extra begins"
    say "see the lines above" >/run/claw-why
    checked "extra_${extra//-/_}"
    if [ "$RC" = 0 ]; then
      sync
      touch "$DONE/extra-$extra"
      say "extra $extra is there"
    else
      WITHOUT+="${WITHOUT:+; }$extra ($(cat /run/claw-why))"
      say "extra $extra is not there (exit $RC): $(cat /run/claw-why). The next boot tries again, as does: sudo systemctl restart claw-bootstrap"
    fi
  done
}

# A command that runs with OpenClaw's Node, not with Ubuntu's older one.
with_node() {
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nPATH=/opt/node/bin:$PATH exec %s "$@"\n' "$2" >"/usr/local/bin/$1.new"
  chmod 0755 "/usr/local/bin/$1.new"
  mv -f "/usr/local/bin/$1.new" "/usr/local/bin/$1"
}

extra_pnpm() {
  npm_into /opt/pnpm pnpm@10
  with_node pnpm /opt/pnpm/bin/pnpm
  pnpm --version
}

# Rootless, as the gateway's user: membership in the group `docker` would make it root. Ubuntu's package has no unit for
# that, and root's own Docker never starts.
extra_docker() {
  local try
  systemctl mask docker.service docker.socket containerd.service
  apt install docker.io rootlesskit uidmap slirp4netns
  as_gateway_write .config/systemd/user/docker.service <<'UNIT'
[Unit]
Description=Docker, rootless
[Service]
Type=notify
NotifyAccess=all
Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ExecStart=/usr/bin/rootlesskit --state-dir=%t/docker-rootless --net=slirp4netns --mtu=65520 \
  --slirp4netns-sandbox=auto --slirp4netns-seccomp=auto --disable-host-loopback --port-driver=builtin \
  --copy-up=/etc --copy-up=/run --propagation=rslave \
  /bin/sh -c 'rm -f /run/docker /run/containerd /run/xtables.lock; exec dockerd'
Restart=on-failure
RestartSec=5
Delegate=yes
KillMode=mixed
[Install]
WantedBy=default.target
UNIT
  # Whoever runs `docker` as this user finds it, in a shell or not.
  # shellcheck disable=SC2016
  as_gateway sh -c 'docker context inspect rootless >/dev/null 2>&1 || docker context create rootless --docker "host=unix://$XDG_RUNTIME_DIR/docker.sock" >/dev/null'
  as_gateway docker context use rootless
  as_gateway systemctl --user daemon-reload
  as_gateway systemctl --user enable docker
  as_gateway systemctl --user restart --no-block docker
  for try in $(seq 30); do
    [ "$try" = 1 ] || sleep 2
    as_gateway docker version --format '{{.Server.Version}}' 2>/dev/null && return
  done
  journalctl -q _UID="$(id -u openclaw)" _SYSTEMD_USER_UNIT=docker.service -n 5 -o cat || true
  why "Docker does not start; see journalctl --user -u docker as openclaw"
  return 1
}

# Ubuntu ships Chromium as a snap only.
extra_chromium() {
  local said
  apt install snapd
  said=$(timeout 600 snap install chromium 2>&1) && return
  why "snap install chromium says: $(tr -s ' \n' ' ' <<<"$said" | cut -c1-300)- it comes from the snap store, not from Ubuntu's archive: let this machine reach both"
  return 1
}

extra_azure_cli() {
  apt install python3-venv
  rm -rf /opt/azure-cli
  python3 -m venv /opt/azure-cli
  if ! /opt/azure-cli/bin/pip install --quiet --disable-pip-version-check azure-cli==2.91.0; then
    why "pip install azure-cli fails; is PyPI reachable from here?"
    return 1
  fi
  ln -sfn /opt/azure-cli/bin/az /usr/local/bin/az
}

# Its setup token is the secret CLAUDE_CODE_OAUTH_TOKEN, handed over on a pipe.
extra_claude_code() {
  npm_into /opt/claude-code @anthropic-ai/claude-code
  install -m 0755 /opt/claw/claude.sh /usr/local/bin/claude
  claude --version
}
