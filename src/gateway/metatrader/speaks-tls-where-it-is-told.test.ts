import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock as clock, systemTimers as timers } from "../../platform/clock.ts";
import type { Target } from "../../terminals/link.ts";
import { MemoryDevices } from "../../terminals/memory-devices.ts";
import { SimulatedTerminal } from "../../terminals/terminal.ts";
import {
  accountRef,
  accountTerms,
  ROUND_QUOTES,
  testBroker,
} from "../../testing/simulated-broker.ts";
import { Bridge } from "./bridge.ts";

let folder: string;
let bridge: Bridge;
let port: number;
let httpPort: number;
let cert: Buffer;
const store = new MemoryDevices();
const credentials = store.paired(accountRef("tls"), "hedging", "Demo");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-tls-"));
  const [keyPath, certPath] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
      ...["-keyout", keyPath, "-out", certPath],
    ],
    { stdio: "ignore" },
  );
  cert = readFileSync(certPath);
  const tls = { cert, key: readFileSync(keyPath) };
  const fault = (error: unknown): void => {
    throw error;
  };
  bridge = new Bridge({ store, clock, timers, tls, fault });
  const ports = await bridge.listen({ port: 0, httpPort: 0 });
  [port, httpPort] = [ports.port ?? 0, ports.httpPort ?? 0];
});
afterAll(async () => {
  await bridge.close();
  rmSync(folder, { recursive: true });
});

function terminal(target: Target): SimulatedTerminal {
  const { broker, quotes } = testBroker();
  broker.openAccount(accountTerms("tls"));
  quotes(...ROUND_QUOTES);
  return new SimulatedTerminal({
    ...{ broker, login: "tls", aheadMs: 0, clock, timers, target, credentials, epoch: 1 },
    ...{ server: "Demo", platform: "mt5", currency: "USD", mode: "hedging", random: randomBytes },
  });
}

test("a terminal that trusts the certificate is welcomed", async () => {
  const tls = { ca: cert, servername: "localhost" };
  const made = terminal({ host: "127.0.0.1", port, tls });
  await made.connect();
  expect(made.isLive).toBe(true);
  made.drop();
});

test.each([
  ["does not trust it", { servername: "localhost" }],
  ["asked for another host", { servername: "example.com" }],
  ["speaks an old version", { rejectUnauthorized: false, maxVersion: "TLSv1.1" as const }],
])("one that %s is not", async (_, tls) => {
  await expect(terminal({ host: "127.0.0.1", port, tls }).connect()).rejects.toThrow(
    "GATEWAY_DOWN",
  );
});

test("nothing is said in the clear, neither by TCP nor by HTTP", async () => {
  await expect(terminal({ host: "127.0.0.1", port }).connect()).rejects.toThrow("GATEWAY_DOWN");
  const url = `http://127.0.0.1:${httpPort}/v1/terminal`;
  await expect(fetch(url, { method: "POST", body: "x" })).rejects.toThrow();
});
