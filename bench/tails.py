#!/usr/bin/env python3
"""tails.py CLAW_TAILS [LOGS] [LINES] [SECONDS]: logs of many real sshd followed by claw, beside `tail -F` over ssh.

CLAW_TAILS is the built example `tails`; LINES is how many come a second on all logs together. Both clients follow the
same files at the same time. claw's holds the lines in the rings of its window, draws it, and checks that none is lost;
ssh's go to /dev/null. Told each minute: CPU in percent of a core, and memory of the process tree in MiB.
"""
import os, subprocess, sys, time

from rig import Fleet
from usage import cpu, memory

TAILS = os.path.abspath(sys.argv[1])
LOGS = int(sys.argv[2]) if len(sys.argv) > 2 else 100
LINES = int(sys.argv[3]) if len(sys.argv) > 3 else 50_000
SECONDS = int(sys.argv[4]) if len(sys.argv) > 4 else 600
# Written ten times a second.
TICKS = 10
TEXT = "Unpacking libnode:amd64 (18.19.1+dfsg-6ubuntu5.6) over (18.19.1+dfsg-6ubuntu5.5)"


def ssh(folder):
    hosts = open(f"{folder}/hosts").read().split()
    each = "; ".join(f"ssh -n -F {folder}/ssh_config {host} tail -c +1 -F {folder}/logs/{n} >/dev/null &"
                     for n, host in enumerate(hosts))
    return subprocess.Popen(["sh", "-c", each.replace("&;", "&") + " wait"], stderr=subprocess.DEVNULL)


def write(files, clients):
    """All lines, and what the clients use meanwhile."""
    begun, told, number, before = time.monotonic(), 0, 0, {name: cpu(c.pid) for name, c in clients.items()}
    share = LINES // LOGS // TICKS
    for tick in range(SECONDS * TICKS):
        for file in files:
            file.write("".join(f"{number + n} {TEXT}\n" for n in range(1, share + 1)))
            file.flush()
        number += share
        time.sleep(max(0, begun + (tick + 1) / TICKS - time.monotonic()))
        minute = int((time.monotonic() - begun) / 60)
        if minute > told or tick + 1 == SECONDS * TICKS:
            told, took = minute, time.monotonic() - begun
            for name, client in clients.items():
                used = 100 * (cpu(client.pid) - before[name]) / took
                print(f"| {took:.0f} | {name} | {used:.1f} | {memory(client.pid):.1f} |", flush=True)
    for file in files:
        file.write(f"{number + 1} end\n")
        file.close()
    took = time.monotonic() - begun
    print(f"\nwritten: {number * LOGS} lines in {took:.0f} s, {number * LOGS / took:.0f} a second")


def main():
    with Fleet(LOGS) as folder:
        os.mkdir(f"{folder}/logs")
        files = [open(f"{folder}/logs/{n}", "w") for n in range(LOGS)]
        claw = subprocess.Popen([TAILS, folder])
        peer = ssh(folder)
        print("| after s | client | CPU, % of a core so far | MiB |\n|---|---|---|---|")
        write(files, {"claw, with its window": claw, "tail -F over ssh": peer})
        if claw.wait(60):
            sys.exit("claw's tails lost something")
        subprocess.run(["pkill", "-P", str(peer.pid)])
        peer.wait()


main()
