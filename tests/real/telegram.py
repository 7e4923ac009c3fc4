# A stand-in for Telegram's service on loopback: a stranger writes to the bot once, and what the bot answers is printed.
# telegram.py [PORT]; the first line printed is the port.
import http.server, json, sys, time

STRANGER = {"id": 4242001, "is_bot": False, "first_name": "Sam", "username": "sam_stranger"}
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": int(time.time()),
        "from": STRANGER,
        "chat": {"id": STRANGER["id"], "type": "private", "first_name": "Sam"},
        "text": "let me in",
    },
}
BOT = {"id": 99, "is_bot": True, "first_name": "Claw", "username": "claw_bot", "can_join_groups": True}


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        method = self.path.split("/")[-1].split("?")[0].lower()
        result = True
        if method == "getme":
            result = BOT
        elif method == "getupdates":
            asked = json.loads(body or b"{}")
            result = [UPDATE] if int(asked.get("offset") or 0) <= UPDATE["update_id"] else []
            if not result:
                time.sleep(min(int(asked.get("timeout") or 1), 5))
        elif method == "sendmessage":
            print(body.decode(), flush=True)
            result = {"message_id": 2, "date": int(time.time()), "chat": {"id": STRANGER["id"], "type": "private"}}
        elif method == "getwebhookinfo":
            result = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        text = json.dumps({"ok": True, "result": result}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int((sys.argv + ["0"])[1])), Service)
print(server.server_port, flush=True)
server.serve_forever()
