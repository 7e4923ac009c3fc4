#!/bin/sh
# Prints the SSH host keys on the serial console, where claw reads them through Azure.
{
  echo '-----BEGIN SSH HOST KEY KEYS-----'
  cat /etc/ssh/ssh_host_*_key.pub
  echo '-----END SSH HOST KEY KEYS-----'
} >/dev/console
