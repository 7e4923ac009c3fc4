#!/usr/bin/env python3
"""table.py FOLDER: one table of what bench/run.sh wrote into FOLDER, each figure beside its bound or its peer.

Ends with 1 where a bound is missed, or where a comparison was left out, or has not the figures that are looked for in it.
"""
import os, re, sys

FOLDER = sys.argv[1]
missed = []


def told(name):
    """What one comparison printed, or None where it was left out."""
    path = f"{FOLDER}/{name}.txt"
    return open(path).read() if os.path.exists(path) else None


def cells_of(text):
    """The cells of its tables' rows."""
    lines = (line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|"))
    return [[cell.strip() for cell in cells] for cells in lines]


def rows(text):
    """The same by the first cell."""
    return {first.strip("`"): rest for first, *rest in cells_of(text)}


def ms(text):
    number, unit = re.fullmatch(r"([\d.]+) ?(s|ms|µs|us|ns)", text).groups()
    return float(number) * {"s": 1e3, "ms": 1, "µs": 1e-3, "us": 1e-3, "ns": 1e-6}[unit]


def show(figure, claw, beside, held=None):
    word = {None: "", True: "held", False: "**missed**"}[held]
    print(f"| {figure} | {claw} | {beside} | {word} |")
    if held is False:
        missed.append(figure)


def program(text):
    seen = rows(text)
    size, seconds = int(seen["bytes"][0]), int(seen["clean release build"][0])
    show("the program", f"{size:,} bytes", "under 15,000,000", size < 15_000_000)
    for name, cells in seen.items():
        if name.startswith("at "):
            show("clean release build", f"{seconds} s", f"{cells[0]} s {name}", seconds < int(cells[0]))


def plan(text):
    found = re.findall(r"plan/([^/\n]+)/(\d+)\s+time:\s+\[\S+ \S+ (\S+ \S+) ", text)
    times_of = lambda size: {name: ms(time) for name, of, time in found if of == size}
    for size, bound in (("1000", 5), ("10000", 60)):
        times = times_of(size)
        worst = max(times, key=times.get)
        each = ", ".join(f"{name} {time:.2f}" for name, time in times.items())
        show(f"plan, {size} members", f"{times[worst]:.2f} ms ({each})", f"under {bound} ms", times[worst] < bound)
    half, whole = times_of("10000"), times_of("20000")
    worst = max(whole, key=lambda name: whole[name] / half[name])
    grown = whole[worst] / half[worst]
    show("plan, 20000 members", f"{max(whole.values()):.2f} ms; {worst} {grown:.2f} times that of 10000", "linear: twice, and a quarter for what memory takes", grown <= 2.5)


def up(text):
    took, bound, asked, throttled, _ = map(float, rows(text)["1000"])
    show("`up` of 1,000 members, virtual time", f"{took:.0f} s, {took / bound:.2f} times, {asked:.0f} requests",
         f"within 1.2 times {bound:.0f} s, the bound of the limits", took <= 1.2 * bound)
    show("of its requests, refused with 429", f"{throttled:.0f}", "none", throttled == 0)


def days(text):
    seeds, commands, requests, faults, broken, seconds, _ = next(c for c in cells_of(text) if c[0].isdigit())
    show(f"{seeds} days with faults", f"{commands} commands, {requests} requests, {faults} faults, {seconds} s",
         f"none breaks a rule: {broken}", broken == "0")


def window(text):
    seen = rows(text)
    bare = float(seen["bare ratatui"][1])
    claw = float(next(cells for name, cells in seen.items() if name.startswith("claw"))[1])
    ratio = float(re.search(r"ratio of the medians: ([\d.]+)", text)[1])
    show("first frame, 1,000 machines", f"{claw:.1f} ms, {ratio:.2f} times",
         f"within twice a bare ratatui program: {bare:.1f} ms", ratio <= 2)
    idle, memory = re.search(r"idle with .*: ([\d.]+) % of a core.*, ([\d.]+) MiB", text).groups()
    show("idle window, 1,000 machines", f"{idle} % of a core, {memory} MiB", "under 1 %", float(idle) < 1)


def frames(text):
    median, percentile, longest = rows(text)["key to frame"]
    show("key to frame, 1,000 machines and 50,000 lines a second", f"{median}, 99th percentile {percentile}, longest {longest}",
         "a frame at sixty a second: 16 ms", ms(percentile) < 16)


def status(text):
    seen = rows(text)
    az, claw = seen["az vm list -d"], seen["claw status --json"]
    times = float(az[1]) / float(claw[1])
    show("`claw status --json`, 1,000 machines", f"{claw[1]} s, {times:.0f} times as fast",
         f"5 times as fast as `az vm list -d`: {az[1]} s", times >= 5)
    besides = max(int(n) for n in re.findall(r"\d+", claw[3])) - int(claw[4])
    show("its requests", f"{claw[3]}; of these {claw[4]} for the token", f"6, the token's aside; az: {az[3]}", besides <= 6)


def fanout(text):
    seen = {name: cells for name, cells in rows(text).items() if len(cells) == 6 and cells[0][:1].isdigit()}
    peers = {name: cells for name, cells in seen.items() if not name.startswith("claw")}
    if not peers:
        sys.exit("no peer of the fan-out is installed")
    claw = seen["claw, cold"]
    best = min((name for name in peers if "curve" not in name), key=lambda name: float(peers[name][1]))
    times = float(peers[best][1]) / float(claw[1])
    show("a command on 200 real sshd", f"{claw[1]} s, {times:.1f} times as fast", f"twice the best as they come: {best} {peers[best][1]} s", times >= 2)
    tuned = min((name for name in peers if "curve" in name), key=lambda name: float(peers[name][1]))
    show("beside peers given claw's key exchange", f"{float(peers[tuned][1]) / float(claw[1]):.1f} times as fast", f"{tuned} {peers[tuned][1]} s")
    least = min(peers, key=lambda name: float(peers[name][4]))
    show("its memory", f"{claw[4]} MiB", f"the least of all: {least} {peers[least][4]} MiB", float(claw[4]) < float(peers[least][4]))
    show("its answers", claw[5], "all", len(set(claw[5].split("/"))) == 1)


def tails(text):
    each = [cells for cells in cells_of(text) if len(cells) == 4 and cells[0].isdigit()]
    own = [cells for cells in each if cells[1].startswith("claw")]
    peer = [cells for cells in each if not cells[1].startswith("claw")][-1]
    first, last = float(own[0][3]), float(own[-1][3])
    show("100 logs, 50,000 lines a second, ten minutes: CPU", f"{own[-1][2]} % of a core, its window drawn",
         f"`tail -F` over ssh: {peer[2]} %, {peer[3]} MiB")
    show("its memory after a minute, and at the end", f"{first} MiB, {last} MiB", "flat: within a tenth", last <= 1.1 * first)
    seconds, rate = map(int, re.search(r"in (\d+) s, (\d+) a second", text).groups())
    show("for so long, so many lines a second", f"{seconds} s, {rate:,}", "600 s, 50,000 but for a fiftieth", seconds >= 600 and rate >= 49_000)
    lines = re.search(r"^.*none lost.*$", text, re.M)
    show("its lines", lines[0] if lines else "some lost", "none lost", bool(lines))


print("| | claw | bound or peer | |\n|---|---|---|---|")
for part in (program, plan, up, days, window, frames, status, fanout, tails):
    text = told(part.__name__)
    if text is None:
        show(part.__name__, "left out", "", False)
    else:
        part(text)
sys.exit(f"missed: {', '.join(missed)}" if missed else 0)
