#!/bin/bash
# door.sh ROOT: a machine of the embedded cloud that is a real sshd and no more. What claw runs there finds the programs
# of ROOT/bin before any other. Takes root: the administrator's account exists in this program's own mounts only.
set -euo pipefail
[ -n "${CLAW_OWN_MOUNTS:-}" ] || CLAW_OWN_MOUNTS=1 exec unshare --mount "$0" "$@"
root=$1
mkdir -p "$root/home" /run/sshd
sed "s|^root:.*|&\n$CLAW_MACHINE_ADMIN:x:0:0::$root/home:/bin/bash|" /etc/passwd >"$root/passwd"
mount --bind "$root/passwd" /etc/passwd
[ -e "$root/host" ] || ssh-keygen -q -t ed25519 -N '' -f "$root/host"
cat >"$root/sshd_config" <<CONFIG
HostKey $root/host
AuthorizedKeysFile $CLAW_MACHINE_FOLDER/authorized_keys
TrustedUserCAKeys $CLAW_MACHINE_FOLDER/login-ca.pub
StrictModes no
UsePAM no
PidFile none
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv ROOT=$root SHLVL=2 PATH=$root/bin:/usr/bin:/bin
CONFIG
echo '-----BEGIN SSH HOST KEY KEYS-----'
cut -d' ' -f1,2 "$root/host.pub"
echo '-----END SSH HOST KEY KEYS-----'
# Another program may hold a port: then the next one is tried.
for port in $(shuf -i 20000-30000 -n 20); do
  /usr/sbin/sshd -D -e -f "$root/sshd_config" -o "ListenAddress=127.0.0.1:$port" 2>>"$root/sshd.log" &
  sshd=$!
  until ss -Hltn "sport = :$port" | grep -q . || ! kill -0 $sshd 2>/dev/null; do :; done
  kill -0 $sshd 2>/dev/null && break
done
trap 'kill $sshd' EXIT
echo "claw-machine ssh 127.0.0.1:$port"
echo "claw-stage ready done $(date -u +%Y-%m-%dT%H:%M:%SZ)"
# Power off: standard input closes.
cat >/dev/null
