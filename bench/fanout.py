#!/usr/bin/env python3
"""fanout.py CLAW_FANOUT [MACHINES] [RUNS]: `tail -n1` on many real sshd, by claw and by its peers.

CLAW_FANOUT is the built example `fanout`. CLAW_SHARED names the folder whose rigs/sshfleet.sh starts the daemons.
Needs root, and whichever of parallel-ssh, pdsh, clush, ansible are to be measured. Every row is a whole process:
wall seconds (best, median, worst), CPU seconds of the client side, peak memory (PSS of its process tree), good answers.
"""
import os, resource, shutil, statistics, subprocess, sys, threading, time

from rig import Fleet
from usage import memory

FANOUT = os.path.abspath(sys.argv[1])
MACHINES = int(sys.argv[2]) if len(sys.argv) > 2 else 100
RUNS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
COMMAND = "tail -n1 $RIG_LOG"
FAST = "-o KexAlgorithms=curve25519-sha256"


def jobs(folder):
    """Name, program, and its command line; ssh's own settings are the rig's, once with claw's key exchange."""
    config, hosts = f"{folder}/ssh_config", f"{folder}/hosts"
    for kind, more in (("", ""), (" curve25519", " " + FAST)):
        yield f"xargs -P100 ssh{kind}", "xargs", f"xargs -a {hosts} -P100 -I@ ssh -n -F {config}{more} @ '{COMMAND}'"
        yield f"pssh -p100{kind}", "parallel-ssh", f"parallel-ssh -h {hosts} -p 100 -i -x '-F {config}{more}' '{COMMAND}'"
        yield f"pssh -p32{kind}", "parallel-ssh", f"parallel-ssh -h {hosts} -p 32 -i -x '-F {config}{more}' '{COMMAND}'"
        yield f"pdsh -f100{kind}", "pdsh", f"PDSH_RCMD_TYPE=ssh PDSH_SSH_ARGS_APPEND='-F {config}{more}' pdsh -f 100 -w ^{hosts} '{COMMAND}'"
        yield f"pdsh -f32{kind}", "pdsh", f"PDSH_RCMD_TYPE=ssh PDSH_SSH_ARGS_APPEND='-F {config}{more}' pdsh -f 32 -w ^{hosts} '{COMMAND}'"
        yield f"clush -f100{kind}", "clush", f"clush -f 100 --hostfile={hosts} -o '-F {config}{more}' '{COMMAND}'"
    yield "ansible -f100 raw", "ansible", f"ANSIBLE_HOST_KEY_CHECKING=False ANSIBLE_NOCOLOR=1 ANSIBLE_SSH_ARGS='-F {config}' ansible all -i {hosts} -f 100 -m raw -a '{COMMAND}'"
    yield "claw, cold", FANOUT, f"{FANOUT} {folder} '{COMMAND}' 1"
    yield "claw, cold and warm", FANOUT, f"{FANOUT} {folder} '{COMMAND}' 2"


def run(command, sampled=False):
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    peak, over = [0.0], threading.Event()

    def sample():
        while not over.wait(0.02):
            peak[0] = max(peak[0], memory(process.pid))

    if sampled:
        threading.Thread(target=sample, daemon=True).start()
    said = process.communicate()[0].decode(errors="replace")
    seconds, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    over.set()
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak[0], said


def main():
    rounds = {"0": [], "1": []}
    with Fleet(MACHINES) as folder:
        print("| client | best s | median s | worst s | CPU s | peak MiB | good |\n|---|---|---|---|---|---|---|")
        for name, program, command in jobs(folder):
            if not shutil.which(program):
                print(f"| {name} | not installed |")
                continue
            wanted = MACHINES * (2 if "warm" in name else 1)
            walls, cpus, good = [], [], []
            for _ in range(RUNS):
                wall, cpu, _, said = run(command)
                walls.append(wall), cpus.append(cpu), good.append(said.count("line 2000"))
                for line in said.splitlines():
                    if line.startswith("round ") and "warm" in name:
                        rounds[line.split()[1].rstrip(":")].append(float(line.split()[2]))
            # Sampling disturbs the clock, so memory has a run of its own.
            peak = run(command, sampled=True)[2]
            print(f"| {name} | {min(walls):.2f} | {statistics.median(walls):.2f} | {max(walls):.2f} | {statistics.median(cpus):.2f} | {peak:.1f} | {min(good)}/{wanted} |", flush=True)
        if rounds["1"]:
            cold, warm = (statistics.median(rounds[r]) for r in "01")
            print(f"\nclaw's rounds in one process, medians: cold {cold:.3f} s, warm {warm:.3f} s, {cold / warm:.1f} times as fast")


main()
