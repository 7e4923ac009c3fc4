// A device that asks a gateway to be paired, as OpenClaw's apps do (protocol 4): prints how it went as one JSON line.
//   node device.mjs PORT KEYFILE NAME SCOPE,SCOPE   (the gateway's token in GATEWAY_TOKEN; KEYFILE is made if absent)
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const [port, file, name, list] = process.argv.slice(2);
const token = process.env.GATEWAY_TOKEN;
const scopes = list.split(",");
if (!existsSync(file)) {
  const made = generateKeyPairSync("ed25519").privateKey;
  writeFileSync(file, made.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
}
const key = createPrivateKey(readFileSync(file, "utf8"));
const raw = createPublicKey(key).export({ type: "spki", format: "der" }).subarray(-32);
const id = createHash("sha256").update(raw).digest("hex");
const client = { id: "cli", version: "1", platform: "ios", mode: "cli", displayName: name };

// A plain loopback client is let in without asking: it says that it comes from elsewhere.
const ws = new WebSocket(`ws://127.0.0.1:${port}/`, {
  headers: { "x-forwarded-for": "203.0.113.10", "x-forwarded-proto": "https" },
});
const end = (result) => {
  console.log(JSON.stringify({ deviceId: id, ...result }));
  process.exit(0);
};
ws.onerror = (e) => end({ ok: false, message: String(e.message) });
ws.onmessage = ({ data }) => {
  const frame = JSON.parse(data);
  if (frame.event === "connect.challenge") {
    const { nonce, ts } = frame.payload;
    const signed = ["v3", id, client.id, client.mode, "operator", list, ts, token, nonce, client.platform, ""].join("|");
    const device = { id, publicKey: raw.toString("base64url"), signedAt: ts, nonce };
    device.signature = sign(null, Buffer.from(signed), key).toString("base64url");
    const params = { minProtocol: 4, maxProtocol: 4, client, role: "operator", scopes, caps: [], commands: [],
      permissions: {}, auth: { token }, locale: "en-US", userAgent: "device/1", device };
    ws.send(JSON.stringify({ type: "req", id: randomUUID(), method: "connect", params }));
  } else if (frame.type === "res") {
    end(frame.ok ? { ok: true } : { ok: false, message: frame.error.message, ...frame.error.details });
  }
};
