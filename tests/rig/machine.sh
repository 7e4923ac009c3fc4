#!/bin/bash
# machine.sh ROOT CACHE: a real Ubuntu for one machine of the embedded cloud (docs/embedded-cloud.md says what is
# asked of such a program). It boots ROOT under a writable layer that outlives power cycles, in a network of its own,
# with the metadata service at its usual address. CACHE keeps downloaded packages from run to run.
set -euo pipefail
root=$(readlink -f "$1") cache=$2
name=$CLAW_MACHINE
layer=$CLAW_MACHINE_FOLDER/disk
here=$layer/root
mkdir -p "$layer"/{upper,work,root} "$cache"/{apt,npm,pip}
cache=$(readlink -f "$cache")

# The first free one of 250 small networks; making the link is what claims it.
for n in $(seq 1 250); do
  link=claw$n
  ip link add "$link" type veth peer name "guest$n" 2>/dev/null && break
done
net=10.213.$n
space=claw-guest-$n

# shellcheck disable=SC2317
undo() {
  set +e
  [ -n "${guest:-}" ] && kill -TERM "$guest" 2>/dev/null && for _ in $(seq 100); do
    kill -0 "$guest" 2>/dev/null || break
    sleep 0.2
  done
  [ -n "${guest:-}" ] && kill -KILL "$guest" 2>/dev/null
  iptables -t nat -D PREROUTING -i "$link" -d 169.254.169.254 -p tcp --dport 80 -j DNAT --to "$CLAW_MACHINE_METADATA"
  iptables -t nat -D PREROUTING -i "$link" -d "$net.1" -p tcp --dport 8080 -j DNAT --to "$CLAW_MACHINE_PROXY"
  iptables -t nat -D POSTROUTING -s "$net.0/30" ! -o "$link" -j MASQUERADE
  ip netns del "$space"
  ip link del "$link"
  umount -l "$here"
} 2>/dev/null
trap undo EXIT

ip netns add "$space"
ip link set "guest$n" netns "$space" name eth0
ip addr add "$net.1/30" dev "$link"
ip addr add 169.254.169.254/32 dev "$link"
ip link set "$link" up
ip -n "$space" addr add "$net.2/30" dev eth0
ip -n "$space" link set eth0 up
ip -n "$space" link set lo up
ip -n "$space" route add default via "$net.1"
sysctl -qw net.ipv4.ip_forward=1 "net.ipv4.conf.$link.route_localnet=1"
iptables -t nat -A PREROUTING -i "$link" -d 169.254.169.254 -p tcp --dport 80 -j DNAT --to "$CLAW_MACHINE_METADATA"
iptables -t nat -A PREROUTING -i "$link" -d "$net.1" -p tcp --dport 8080 -j DNAT --to "$CLAW_MACHINE_PROXY"
iptables -t nat -A POSTROUTING -s "$net.0/30" ! -o "$link" -j MASQUERADE

mount -t overlay overlay -o "lowerdir=$root,upperdir=$layer/upper,workdir=$layer/work" "$here"
seed=$here/var/lib/cloud/seed/nocloud
if [ ! -e "$seed/user-data" ]; then
  mkdir -p "$seed" "$here/etc/cloud/cloud.cfg.d" "$here/root"
  cp "$CLAW_MACHINE_FOLDER/user-data" "$seed/user-data"
  {
    printf 'instance-id: %s\nlocal-hostname: %s\npublic-keys:\n' "$name" "$name"
    sed '/^$/d; s/.*/  - "&"/' "$CLAW_MACHINE_FOLDER/authorized_keys"
  } >"$seed/meta-data"
  # What Azure's agent does with osProfile: the administrator and their keys.
  cat >"$here/etc/cloud/cloud.cfg.d/90_machine.cfg" <<CFG
datasource_list: [NoCloud, None]
network: {config: disabled}
apt: {preserve_sources_list: true}
system_info: {default_user: {name: $CLAW_MACHINE_ADMIN, lock_passwd: true, gecos: claw, shell: /bin/bash, sudo: ["ALL=(ALL) NOPASSWD:ALL"]}}
CFG
  : >"$here/etc/fstab"
  printf '127.0.0.1 localhost %s\n' "$name" >"$here/etc/hosts"
  # What Azure's login extension does, as far as a certificate goes.
  cp "$CLAW_MACHINE_FOLDER/login-ca.pub" "$here/etc/ssh/login-ca.pub"
  echo 'TrustedUserCAKeys /etc/ssh/login-ca.pub' >"$here/etc/ssh/sshd_config.d/50-login-ca.conf"
  # Names of Azure's services lead through the embedded cloud's proxy; the registries are the host's.
  printf 'proxy = "http://%s.1:8080"\nnoproxy = "169.254.169.254,127.0.0.1,localhost"\n' "$net" >"$here/root/.curlrc"
  printf 'cafile=/etc/ssl/certs/ca-certificates.crt\n' >"$here/root/.npmrc"
  printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$here/etc/pip.conf"
  cp "$CLAW_MACHINE_CA" "$here/usr/local/share/ca-certificates/embedded-cloud.crt"
  find /usr/local/share/ca-certificates -name '*.crt' -exec cp {} "$here/usr/local/share/ca-certificates/" \; 2>/dev/null
  chroot "$here" update-ca-certificates >/dev/null 2>&1
  for unit in systemd-networkd.{service,socket} systemd-networkd-wait-online.service systemd-resolved.service \
    systemd-timesyncd.service systemd-udevd.service apparmor.service; do
    ln -sf /dev/null "$here/etc/systemd/system/$unit"
  done
  printf 'APT::Keep-Downloaded-Packages "true";\nBinary::apt::APT::Keep-Downloaded-Packages "true";\n' >"$here/etc/apt/apt.conf.d/99keep"
  rm -f "$here/etc/apt/apt.conf.d/docker-clean"
fi
sed -i "s|^proxy = .*|proxy = \"http://$net.1:8080\"|" "$here/root/.curlrc"
rm -f "$here/etc/resolv.conf"
cp /etc/resolv.conf "$here/etc/resolv.conf"
mkdir -p "$cache"/{npm,pip} "$cache/apt/partial"
# A branch of its own in every tree of control groups: two systemds in one would clean up after each other.
for tree in /sys/fs/cgroup /sys/fs/cgroup/*; do
  if [ -w "$tree/cgroup.procs" ] && mkdir -p "$tree/$space"; then
    echo $$ >"$tree/$space/cgroup.procs" || true
  fi
done 2>/dev/null

# Docker without root makes its network by it, as on any VM.
devices=()
[ ! -c /dev/net/tun ] || devices+=(--bind=/dev/net/tun)
systemd-nspawn -q -D "$here" -M "$name" --boot --register=no --keep-unit --console=read-only \
  --capability=CAP_NET_ADMIN --network-namespace-path="/run/netns/$space" \
  "${devices[@]}" --bind="$cache/apt:/var/cache/apt/archives" --bind="$cache/npm:/root/.npm" --bind="$cache/pip:/root/.cache/pip" </dev/null &
guest=$!
echo "claw-machine ssh $net.2:22"
# Power off: standard input closes. A guest that powers off by itself ends this, too.
while kill -0 "$guest" 2>/dev/null; do
  rc=0
  read -r -t 1 || rc=$?
  [ "$rc" = 1 ] && break
done
exit 0
