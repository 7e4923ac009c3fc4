#!/usr/bin/env python3
"""status.py CLAW GROWN [MACHINES] [RUNS]: `claw status --json` beside `az vm list -d` on the same embedded cloud.

CLAW is the program, GROWN the built example `grown`. AZ names the Azure CLI (otherwise target/tools/azure-cli/bin/az, which
tests/run.sh installs). Both are signed in as the same service principal. Each row is a whole process: wall seconds (best,
median, worst), the requests that reached the cloud in one run (the first and the later ones, where they differ), how
many of the last run's were for a token, and how many machines the answer shows.
"""
import collections, json, os, statistics, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CLAW, GROWN = map(os.path.abspath, sys.argv[1:3])
MACHINES = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
RUNS = int(sys.argv[4]) if len(sys.argv) > 4 else 5
AZ = os.environ.get("AZ", f"{ROOT}/target/tools/azure-cli/bin/az")


def run(command, environment):
    begun = time.monotonic()
    process = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: {process.stderr}")
    return time.monotonic() - begun, process.stdout


def main():
    folder = tempfile.mkdtemp(prefix="claw-status-")
    begun = time.monotonic()
    cloud = subprocess.Popen([GROWN, folder, str(MACHINES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(cloud.stdout.readline())
        print(f"{MACHINES} machines stand after {time.monotonic() - begun:.0f} s", file=sys.stderr)

        def requests():
            cloud.stdin.write("\n")
            cloud.stdin.flush()
            return json.loads(cloud.stdout.readline())

        file = json.load(open(ready["cloud"]))
        secret = file["credential"]
        azure = {
            **os.environ, "HOME": folder, "AZURE_CONFIG_DIR": f"{folder}/az", "AZURE_CORE_COLLECT_TELEMETRY": "no",
            "HTTPS_PROXY": file["proxy"], "REQUESTS_CA_BUNDLE": os.path.join(os.path.dirname(ready["cloud"]), "ca.pem"),
        }
        sign_in = ["login", "--service-principal", "-u", secret["clientId"], "-p", secret["clientSecret"]]
        run([AZ, *sign_in, "--tenant", file["tenant"]], azure)
        jobs = {
            "az vm list -d": ([AZ, "vm", "list", "-d", "-g", "openclaw-rg", "-o", "json"], azure, len),
            "claw status --json": (
                [CLAW, "--cloud", ready["cloud"], "--team", ready["team"], "--data", ready["data"], "status", "--json"],
                dict(os.environ), lambda shown: sum(row["machine"] is not None for row in shown["machines"]),
            ),
        }
        requests()
        print("| | best s | median s | worst s | requests | of them for a token | machines shown |\n|---|---|---|---|---|---|---|")
        for name, (command, environment, count) in jobs.items():
            times, kinds, asked = [], [], []
            for _ in range(RUNS):
                seconds, answer = run(command, environment)
                times.append(seconds)
                kinds = requests()
                asked.append(len(kinds))
            shown = count(json.loads(answer))
            row = f"{min(times):.2f} | {statistics.median(times):.2f} | {max(times):.2f}"
            tokens = sum("login.microsoftonline.com" in line for line in kinds)
            print(f"| `{name}` | {row} | {', then '.join(map(str, dict.fromkeys(asked)))} | {tokens} | {shown} |")
            hosts = collections.Counter(" ".join(line.split()[:2]) for line in kinds)
            print(f"{name}: {dict(hosts)}", file=sys.stderr)
    finally:
        cloud.stdin.close()
        cloud.wait()


main()
