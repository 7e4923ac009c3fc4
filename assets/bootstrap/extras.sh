# What a team may want beside OpenClaw: CLAW_EXTRAS names them. Sourced by bootstrap.sh.
# shellcheck shell=bash

extras() {
  local extra
  for extra in ${CLAW_EXTRAS:-}; do
    [ -e "$DONE/extra-$extra" ] && continue
    say "extra: $extra"
    "extra_${extra//-/_}"
    touch "$DONE/extra-$extra"
  done
}

extra_pnpm() {
  npm_into /opt/pnpm pnpm@10
  ln -sfn /opt/pnpm/bin/pnpm /usr/local/bin/pnpm
}

# Rootless, as the gateway's user: membership in the group `docker` would make it root.
extra_docker() {
  apt install docker.io rootlesskit uidmap slirp4netns fuse-overlayfs
  systemctl disable --now docker.service docker.socket
  as_gateway_write .config/systemd/user/docker.service <<'UNIT'
[Unit]
Description=Docker, rootless
[Service]
ExecStart=/usr/share/docker.io/contrib/dockerd-rootless.sh
Restart=on-failure
Delegate=yes
[Install]
WantedBy=default.target
UNIT
  as_gateway mkdir -p /home/openclaw/.config/systemd/user/default.target.wants
  as_gateway ln -sfn ../docker.service /home/openclaw/.config/systemd/user/default.target.wants/docker.service
  # shellcheck disable=SC2016
  echo 'export DOCKER_HOST="unix:///run/user/$(id -u)/docker.sock"' >/etc/profile.d/claw-docker.sh
}

# Ubuntu ships Chromium as a snap only.
extra_chromium() { snap install chromium; }

extra_azure_cli() {
  apt install python3-venv
  rm -rf /opt/azure-cli
  python3 -m venv /opt/azure-cli
  /opt/azure-cli/bin/pip install --quiet --disable-pip-version-check azure-cli==2.91.0
  ln -sfn /opt/azure-cli/bin/az /usr/local/bin/az
}

# Its setup token is the secret CLAUDE_CODE_OAUTH_TOKEN, handed over on a pipe.
extra_claude_code() {
  npm_into /opt/claude-code @anthropic-ai/claude-code
  install -m 0755 /opt/claw/claude.sh /usr/local/bin/claude
}
