#!/bin/bash
# root.sh DIR: the root of an Ubuntu 24.04 with systemd, OpenSSH and cloud-init, as Azure's image has them.
set -euo pipefail
root=${1:?folder}
[ -e "$root/.done" ] && exit
rm -rf "$root"
mkdir -p "$(dirname "$root")"
# debootstrap knows where the archive is; its keyring comes out of the archive itself.
mirror=$(sed -n 's/.*default_mirror \(.*archive.*\)/\1/p' /usr/share/debootstrap/scripts/gutsy | head -1)
keyring=$(dirname "$root")/ubuntu-keyring.gpg
if [ ! -s "$keyring" ]; then
  scratch=$(mktemp -d)
  curl -fsS "$mirror/dists/noble/main/binary-amd64/Packages.xz" | xz -dc >"$scratch/packages"
  file=$(awk '/^Package: ubuntu-keyring$/ {p=1} p && /^Filename:/ {print $2; exit}' "$scratch/packages")
  curl -fsS -o "$scratch/keyring.deb" "$mirror/$file"
  dpkg-deb -x "$scratch/keyring.deb" "$scratch/keyring"
  cp "$scratch/keyring/usr/share/keyrings/ubuntu-archive-keyring.gpg" "$keyring"
  rm -r "$scratch"
fi
packages=apt,systemd,systemd-sysv,dbus,libpam-systemd,udev,cloud-init,openssh-server,curl,ca-certificates,xz-utils
packages+=,iproute2,netbase,procps,sudo,e2fsprogs,gnupg,locales,python3,iptables,systemd-resolved,apparmor
mmdebstrap --quiet --variant=minbase --mode=root --keyring="$keyring" --include="$packages" \
  --aptopt='APT::Install-Recommends "false"' noble "$root" \
  "deb $mirror noble main universe" "deb $mirror noble-updates main universe" "deb $mirror noble-security main universe"
touch "$root/.done"
