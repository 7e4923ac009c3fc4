#!/bin/sh
# Who asks the metadata service gets the machine's identities, so only root may; the same for the host's agent
# (168.63.129.16), but for its DNS.
command -v iptables >/dev/null || exit 0
close() { iptables -w -C OUTPUT "$@" 2>/dev/null || iptables -w -I OUTPUT "$@"; }
close -d 169.254.169.254/32 -m owner ! --uid-owner 0 -j REJECT
close -d 168.63.129.16/32 -p tcp ! --dport 53 -m owner ! --uid-owner 0 -j REJECT
