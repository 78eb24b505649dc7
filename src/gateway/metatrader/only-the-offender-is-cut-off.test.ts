import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemTimers } from "../../platform/clock.ts";
import { MemoryDevices } from "../../terminals/memory-devices.ts";
import { SimulatedTerminal } from "../../terminals/terminal.ts";
import { eventually } from "../../testing/eventually.ts";
import {
  accountRef,
  accountTerms,
  instructionOf,
  ROUND_QUOTES,
  START_AT,
  testBroker,
} from "../../testing/simulated-broker.ts";
import type { GatewayEvent } from "../gateway.ts";
import { Bridge } from "./bridge.ts";
import { handOutCode } from "./pairing.ts";
import { type Challenge, type Hello, pairingCode, terminalMac, typedCode } from "./proofs.ts";

const LOGINS = ["a", "b"];
let bridge: Bridge;
let store: MemoryDevices;
let port: number;
let events: GatewayEvent[];
let advance = 0;
const startedAt = performance.now();
const clock = { now: () => START_AT + Math.floor(performance.now() - startedAt) + advance };
let bench: ReturnType<typeof testBroker>;
let terminals: SimulatedTerminal[];
const faults: unknown[] = [];

beforeEach(async () => {
  advance = 0;
  events = [];
  store = new MemoryDevices();
  bench = testBroker({ clock });
  for (const login of LOGINS) bench.broker.openAccount(accountTerms(login));
  bench.quotes(...ROUND_QUOTES);
  const fault = (error: unknown): void => void faults.push(error);
  bridge = new Bridge({ store, clock, timers: systemTimers, tickMs: 20, fault });
  port = (await bridge.listen({ port: 0 })).port ?? 0;
  await bridge.gateway(accountRef("").brokerId).start((event) => events.push(event), never());
  terminals = LOGINS.map((login) => terminalOf(login));
  for (const terminal of terminals) await terminal.connect();
});
afterEach(async () => {
  await bridge.close();
  expect(faults).toEqual([]);
});

const never = (): AbortSignal => new AbortController().signal;
const gateway = () => bridge.gateway(accountRef("").brokerId);

function terminalOf(login: string, options: { readonly epoch?: number } = {}) {
  const terminal = new SimulatedTerminal({
    ...{ broker: bench.broker, login, aheadMs: 7_200_000, clock, timers: systemTimers },
    ...{ server: "Demo", platform: "mt5", currency: "USD", mode: "hedging", epoch: 1, ...options },
    target: { host: "127.0.0.1", port },
    credentials: store.paired(accountRef(login), "hedging", "Demo"),
    random: randomBytes,
  });
  bench.broker.subscribe((event) => terminal.hear(event));
  return terminal;
}

/** The other terminal still trades and is heard. */
async function othersAreServed(): Promise<void> {
  const account = accountRef("b");
  const key = randomBytes(8).toString("hex");
  const outcome = await gateway().execute(instructionOf(account, { key }));
  expect(outcome.status).toBe("done");
  expect(terminals[1]?.isLive).toBe(true);
}

type Raw = { readonly socket: Socket; readonly lines: string[]; closed: boolean };

function raw(): Raw {
  const one: Raw = { socket: connect(port, "127.0.0.1"), lines: [], closed: false };
  let rest = "";
  one.socket.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    one.lines.push(...parts);
  });
  one.socket.on("close", () => {
    one.closed = true;
  });
  one.socket.on("error", () => {});
  return one;
}

async function refusedWith(one: Raw): Promise<string> {
  await eventually("a refusal", () => one.closed);
  return JSON.parse(one.lines.at(-1) ?? "{}").code;
}

function helloOf(login: string, facts: Partial<Hello> = {}): Hello {
  const { device } = store.paired(accountRef(login), "hedging", "Demo");
  return {
    ...{ t: "hello", v: 1, device, code: "", login, server: "Demo", platform: "mt5" },
    ...{ build: 1, ea: "test", mode: "hedging", currency: "USD", leverage: 100, epoch: 2 },
    ...{ run: "0".repeat(16), seq: 0, fence: 0, st: clock.now(), nonce: "0".repeat(64) },
    ...facts,
  } as Hello;
}

/** Says hello and proves itself, after `change` was made to what was proven. */
async function entered(login: string, facts: Partial<Hello> = {}, proven = facts): Promise<Raw> {
  const one = raw();
  one.socket.write(`${JSON.stringify(helloOf(login, facts))}\n`);
  await eventually("a challenge", () => one.lines.length > 0 || one.closed);
  const challenge = JSON.parse(one.lines[0] ?? "{}") as Challenge & { readonly t: string };
  if (challenge.t !== "challenge") return one;
  const { key, device } = store.paired(accountRef(login), "hedging", "Demo");
  const mac = terminalMac(key, device, helloOf(login, proven), challenge).toString("hex");
  one.socket.write(`${JSON.stringify({ t: "proof", mac })}\n`);
  await eventually("an answer", () => one.lines.length > 1 || one.closed);
  return one;
}

const early: ReadonlyArray<readonly [string, string, string | Buffer]> = [
  ["no JSON", "BAD_LINE", "hello\n"],
  ["no UTF-8", "BAD_LINE", Buffer.from([0x22, 0xff, 0x22, 0x0a])],
  ["an endless line", "LINE_TOO_LONG", "x".repeat(20_000)],
  ["an HTTP request", "BAD_LINE", "GET / HTTP/1.1\n\n"],
  ["a type unknown", "UNKNOWN_TYPE", '{"t":"gold"}\n'],
  ["a proof without a challenge", "WRONG_STATE", `{"t":"proof","mac":"${"0".repeat(64)}"}\n`],
];
test.each(early)("%s before hello: %s", async (_, code, text) => {
  const one = raw();
  one.socket.write(text);
  expect(await refusedWith(one)).toBe(code);
  await othersAreServed();
});

type Case = {
  readonly code: string;
  readonly facts: Partial<Hello>;
  /** What the proof is made over, where it is not what was said. */
  readonly proven?: Partial<Hello>;
};
const hellos: readonly Case[] = [
  { code: "VERSION", facts: { v: 2 } },
  { code: "UNKNOWN_DEVICE", facts: { device: "ZZZZZZZZ" } },
  { code: "CODE_UNKNOWN", facts: { device: "", code: "ZZZZZZZZ" } },
  { code: "BAD_FIELD", facts: { code: "ZZZZZZZZ" } },
  { code: "WRONG_ACCOUNT", facts: { login: "b" } },
  { code: "WRONG_ACCOUNT", facts: { server: "Live" } },
  { code: "WRONG_ACCOUNT", facts: { mode: "netting" } },
  { code: "BAD_PROOF", facts: { epoch: 3 }, proven: { epoch: 2 } },
  { code: "BAD_PROOF", facts: { seq: 5 }, proven: { seq: 6 } },
  { code: "EPOCH_OLD", facts: { epoch: 1, run: "1".repeat(16) } },
];
test.each(hellos)("$code: $facts", async ({ code, facts, proven = facts }) => {
  const one = await entered("a", facts, proven);
  expect(await refusedWith(one)).toBe(code);
  expect(terminals[0]?.isLive).toBe(true);
  await othersAreServed();
});

const figures = { cur: "USD", bal: "1", cred: "0", eq: "1", mar: "0", free: "1" };
const line = (facts: object): string =>
  `${JSON.stringify({ t: "account", n: 1, st: 1, ...facts })}\n`;
const cash = (n: number, seq: number): string =>
  line({ t: "cash", n, seq, id: "1", kind: "deposit", amount: "1", cmt: "", at: 1, ...figures });
const flood = Array.from({ length: 30_000 }, (_, index) => line({ n: index + 1, ...figures }));
const live: ReadonlyArray<readonly [string, string, string]> = [
  ["a number too high", "REPLAYED", line({ n: 2, ...figures })],
  ["the same line twice", "REPLAYED", line(figures) + line(figures)],
  ["an event from before", "REPLAYED", cash(1, 1) + cash(2, 1)],
  ["an answer to no question", "WRONG_STATE", line({ t: "end", id: 9, count: 0, ok: 1, why: "" })],
  ["a pong to no ping", "WRONG_STATE", line({ t: "pong", id: 9, hub: 1, seq: 0 })],
  ["a second hello", "WRONG_STATE", `${JSON.stringify(helloOf0())}\n`],
  ["more than the hub takes", "TOO_FAST", flood.join("")],
];
function helloOf0(): object {
  return {
    ...{ t: "hello", v: 1, device: "", code: "ZZZZZZZZ", login: "a", server: "Demo" },
    ...{ platform: "mt5", build: 1, ea: "x", mode: "hedging", currency: "USD", leverage: 1 },
    ...{ epoch: 1, run: "0".repeat(16), seq: 0, fence: 0, st: 1, nonce: "0".repeat(64) },
  };
}
test.each(live)("%s in a session: %s", async (_, code, text) => {
  const one = await entered("a");
  one.socket.write(text);
  expect(await refusedWith(one)).toBe(code);
  await othersAreServed();
});

test("an outcome under another fence than its instruction is STALE_FENCE, and stays unknown", async () => {
  const one = await entered("a");
  const instruction = instructionOf(accountRef("a"), { fence: 5 });
  const outcome = gateway().execute(instruction);
  await eventually("the instruction", () => one.lines.some((text) => text.includes('"do"')));
  const answer = {
    ...{ t: "outcome", n: 1, st: 1, key: instruction.key, fence: 4, status: "done", code: "" },
    ...{ ret: 10009, order: "1", pos: "1", filled: "1", price: "1.1", at: 1 },
  };
  one.socket.write(`${JSON.stringify(answer)}\n`);
  expect(await refusedWith(one)).toBe("STALE_FENCE");
  expect(await outcome).toMatchObject({ status: "unknown", code: "IN_FLIGHT" });
});

test("the newest epoch wins, and both hear it", async () => {
  const newer = terminalOf("a", { epoch: 2 });
  await newer.connect();
  await eventually("the older one is put off", () => terminals[0]?.isLive === false);
  expect(terminals[0]?.refused?.code).toBe("REPLACED");
  expect(newer.isLive).toBe(true);
  await expect(terminals[0]?.connect()).rejects.toThrow("EPOCH_OLD");
  expect(terminals[0]?.refused).toMatchObject({ epoch: 2, retry: 0 });
  expect((await gateway().snapshot(accountRef("a"))).positions).toEqual([]);
});

test("a revoked terminal is cut off where it is connected, and does not come back", async () => {
  const { device } = store.paired(accountRef("a"), "hedging", "Demo");
  const known = store.devices.get(device);
  if (known === undefined) throw new TypeError("no device");
  store.devices.set(device, { ...known, revoked: true });
  advance += 2_500;
  await eventually("it is gone", () => terminals[0]?.isLive === false);
  expect(terminals[0]?.refused).toMatchObject({ code: "DEVICE_REVOKED", retry: 0 });
  await expect(gateway().snapshot(accountRef("a"))).rejects.toThrow("GATEWAY_DOWN");
  await expect(terminals[0]?.connect()).rejects.toThrow("DEVICE_REVOKED");
  await othersAreServed();
});

test("a code pairs once and for its account; its key holds from then on", async () => {
  const code = pairingCode(randomBytes(28));
  const offer = { id: code.id, account: accountRef("c"), mode: "hedging" as const };
  store.offers.set(code.id, { ...offer, secret: code.secret, expiresAt: clock.now() + 1_000 });
  bench.broker.openAccount(accountTerms("c"));
  const made = (credentials: SimulatedTerminal["credentials"]) =>
    new SimulatedTerminal({
      ...{ broker: bench.broker, login: "c", aheadMs: 0, clock, timers: systemTimers, epoch: 1 },
      ...{ server: "Demo", platform: "mt4", currency: "USD", mode: "hedging", credentials },
      ...{ target: { host: "127.0.0.1", port }, random: randomBytes },
    });
  const first = made({ code });
  await first.connect();
  await expect(made({ code }).connect()).rejects.toThrow("CODE_UNKNOWN");
  first.drop();
  await first.connect();
  expect(first.isLive).toBe(true);
  expect("key" in first.credentials).toBe(true);
});

test("an expired code pairs nothing, and a wrong secret uses none up", async () => {
  const code = pairingCode(randomBytes(28));
  const offer = { id: code.id, account: accountRef("a"), mode: "hedging" as const };
  store.offers.set(code.id, { ...offer, secret: code.secret, expiresAt: clock.now() - 1 });
  const hello = { device: "", code: code.id };
  expect(await refusedWith(await entered("a", hello))).toBe("CODE_EXPIRED");
  store.offers.set(code.id, { ...offer, secret: code.secret, expiresAt: clock.now() + 9_000 });
  expect(await refusedWith(await entered("a", hello))).toBe("BAD_PROOF");
  expect(store.offers.has(code.id)).toBe(true);
});

test("a proof that comes late, and a terminal that falls silent, are cut off", async () => {
  const one = raw();
  one.socket.write(`${JSON.stringify(helloOf("a"))}\n`);
  await eventually("a challenge", () => one.lines.length > 0);
  advance += 20_000;
  expect(await refusedWith(one)).toBe("PROOF_LATE");
  await othersAreServed();
  const silent = await entered("a");
  advance += 46_000;
  expect(await refusedWith(silent)).toBe("SILENT");
});

test("the offset of the trade server's clock is measured", async () => {
  const { server, local } = await gateway().serverClock();
  expect(server - local).toBeGreaterThan(7_200_000 - 500);
  expect(server - local).toBeLessThan(7_200_000 + 500);
});

test("what is handed out is typed back, and lasts a quarter of an hour", async () => {
  const kept: string[] = [];
  const keeps = {
    keepOffer: async (offer: { code: { id: string } }) => kept.push(offer.code.id) > 1,
  };
  const handed = await handOutCode({ store: keeps, clock, random: randomBytes }, accountRef("a"), {
    name: "test",
    address: null,
  });
  expect(typedCode(handed.code.toLowerCase())?.id).toBe(kept[1]);
  expect(handed.expiresAt - clock.now()).toBeGreaterThan(890_000);
});
