#!/usr/bin/env python3
"""window.py CLAW BARE GROWN [MACHINES] [RUNS]: the window's first frame beside a bare ratatui program, and what it costs idle.

CLAW is the program, BARE and GROWN are the built examples `bare` and `grown`. Both programs are started in turn in a
pseudo-terminal of 120×40; the time runs from the start of the process to the first screen that shows its text: for claw
the name of a machine, from the last snapshot. Idle: CPU of the window over a minute with MACHINES machines, settled.
"""
import json, os, pty, select, signal, statistics, struct, subprocess, sys, tempfile, time, fcntl, termios

from usage import cpu, memory

CLAW, BARE, GROWN = map(os.path.abspath, sys.argv[1:4])
MACHINES = int(sys.argv[4]) if len(sys.argv) > 4 else 1000
RUNS = int(sys.argv[5]) if len(sys.argv) > 5 else 11
IDLE_SECONDS = 60
# Long enough for a connection to each machine.
SETTLE_SECONDS = 20 + MACHINES // 8


class Terminal:
    def __init__(self, command, environment):
        self.begun = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
            os.execvpe(command[0], command, {**os.environ, "TERM": "xterm-256color", **environment})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def until(self, text, patience=60):
        """Seconds from the start of the process to the first appearance of text on the wire."""
        seen = b""
        while time.monotonic() - self.begun < patience:
            if select.select([self.fd], [], [], 1)[0]:
                seen += os.read(self.fd, 65536)
                if text in seen:
                    return time.monotonic() - self.begun
        raise SystemExit(f"{text!r} never came: {seen[-2000:]!r}")

    def drain(self, seconds):
        """Bytes drawn in that time."""
        end, drawn = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                drawn += len(os.read(self.fd, 65536))
        return drawn

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        while True:
            try:
                if not os.read(self.fd, 65536):
                    break
            except OSError:
                break
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def main():
    with tempfile.TemporaryDirectory() as folder:
        grown = subprocess.Popen([GROWN, folder, str(MACHINES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ready = json.loads(grown.stdout.readline())
        claw = [CLAW, "--cloud", ready["cloud"], "--team", ready["team"]]
        environment = {"CLAW_DATA": ready["data"]}
        try:
            # Once to its end, so that a snapshot is there.
            subprocess.run([*claw, "status", "--json"], env={**os.environ, **environment}, stdout=subprocess.DEVNULL, check=True)
            frames = {"bare ratatui": [], f"claw, {MACHINES} machines": []}
            for _ in range(RUNS):
                for name, command, text in zip(frames, ([BARE], claw), (b"bare", b"m0000")):
                    terminal = Terminal(command, environment)
                    frames[name].append(terminal.until(text) * 1000)
                    terminal.close()
            print("| first frame | best | median | worst ms |\n|---|---|---|---|")
            for name, times in frames.items():
                print(f"| {name} | {min(times):.1f} | {statistics.median(times):.1f} | {max(times):.1f} |")
            bare, own = map(statistics.median, frames.values())
            print(f"\nratio of the medians: {own / bare:.2f}")

            terminal = Terminal(claw, environment)
            terminal.until(b"m0000")
            terminal.drain(SETTLE_SECONDS)
            before = cpu(terminal.pid)
            drawn = terminal.drain(IDLE_SECONDS)
            used = cpu(terminal.pid) - before
            print(f"idle with {MACHINES} machines: {100 * used / IDLE_SECONDS:.2f} % of a core, "
                  f"{drawn} bytes drawn in {IDLE_SECONDS} s, {memory(terminal.pid):.1f} MiB")
            terminal.close()
        finally:
            grown.stdin.close()
            grown.wait()


main()
