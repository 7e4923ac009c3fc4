# Runs on the machine as root: Claude Code, as the gateway's user, against a stand-in for its service on loopback.
# With `careless` it gets its token in the environment, as it must not.
import glob, http.server, json, os, subprocess, sys, threading

token = json.load(open("/run/openclaw/secrets/keys.json"))["CLAUDE_CODE_OAUTH_TOKEN"].encode()
came, seen = [], set()


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        came.append(token.decode() in self.headers.get("authorization", ""))
        for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
            try:
                if token in open(path, "rb").read():
                    seen.add(path.split("/")[-1])
            except OSError:
                pass
        body = json.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": "enough"}}).encode()
        self.send_response(400)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = "http://127.0.0.1:%d" % server.server_port
settings = ["ANTHROPIC_BASE_URL=" + url, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1"]
# The journal keeps arguments, so not even a careless one puts it there.
careless = {"CLAUDE_CODE_OAUTH_TOKEN": token.decode()} if "careless" in sys.argv else {}
claude = ["runuser", "-u", "openclaw", "--", "env", "-C", "/home/openclaw", "HOME=/home/openclaw", *settings]
quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": 120}
said = subprocess.run(claude + ["claude", "-p", "hi"], env={**os.environ, **careless}, **quiet)
if not came:
    raise SystemExit("it asked nobody: %r" % said)
print("token: %s, seen in: %s" % ("yes" if any(came) else "no", ", ".join(sorted(seen)) or "nothing"))
