"""What the comparisons share: the fleet of real sshd, and what a process tree uses."""
import os, shutil, subprocess, tempfile

FLEET = os.path.join(os.environ["CLAW_SHARED"], "rigs", "sshfleet.sh")


class Fleet:
    """So many sshd, with a certificate for claw beside the rig's own keys; `with Fleet(n) as folder`."""

    def __init__(self, machines):
        self.machines, self.folder = str(machines), tempfile.mkdtemp(prefix="claw-bench-")
        os.chmod(self.folder, 0o755)

    def __enter__(self):
        subprocess.run([FLEET, "start", self.machines, self.folder], check=True, stdout=subprocess.DEVNULL)
        # The first principal is claw's login name, the second the one that the rig's machines ask for.
        shutil.copy(f"{self.folder}/user.pub", f"{self.folder}/claw.pub")
        subprocess.run(["ssh-keygen", "-q", "-s", f"{self.folder}/ca", "-I", "claw", "-n", "clawrig,alice@contoso",
                        "-V", "+2h", f"{self.folder}/claw.pub"], check=True)
        return self.folder

    def __exit__(self, *_):
        subprocess.run([FLEET, "stop", self.machines, self.folder], stdout=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)


def tree(root):
    """A process and all below it."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent = int(open(f"/proc/{name}/stat").read().rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(name))
        except OSError:
            pass
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def memory(root):
    """MiB of a process tree (PSS)."""
    total = 0
    for process in tree(root):
        try:
            lines = open(f"/proc/{process}/smaps_rollup").read().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):
            pass
    return total / 1024


def cpu(root):
    """CPU seconds of a process tree so far."""
    ticks = 0
    for process in tree(root):
        try:
            fields = open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return ticks / os.sysconf("SC_CLK_TCK")
