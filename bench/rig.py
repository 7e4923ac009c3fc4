"""The fleet of real sshd that the comparisons share."""
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
