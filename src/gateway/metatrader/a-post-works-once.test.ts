import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock, systemTimers as timers } from "../../platform/clock.ts";
import { MemoryDevices } from "../../terminals/memory-devices.ts";
import { eventually } from "../../testing/eventually.ts";
import { enterByHttp, type HttpTerminal, httpHello, send } from "../../testing/http-terminal.ts";
import { accountRef, instructionOf } from "../../testing/simulated-broker.ts";
import type { GatewayEvent } from "../gateway.ts";
import { Bridge } from "./bridge.ts";

const account = accountRef("four");
const figures = { cur: "USD", bal: "10", cred: "0", eq: "10", mar: "0", free: "10" };
const FIGURES = { t: "account", ...figures };
let advance = 0;
const clock = { now: (): number => systemClock.now() + advance };
let bridge: Bridge;
let port: number;
let events: GatewayEvent[];
let terminal: HttpTerminal;
let key: Buffer;
let device: string;
const faults: unknown[] = [];

beforeEach(async () => {
  const store = new MemoryDevices();
  ({ key, device } = store.paired(account, "hedging", "Demo"));
  const fault = (error: unknown): void => void faults.push(error);
  bridge = new Bridge({ store, clock, timers, fault, tickMs: 10 });
  port = (await bridge.listen({ port: null, httpPort: 0 })).httpPort ?? 0;
  events = [];
  const hears = (event: GatewayEvent): void => void events.push(event);
  await bridge.gateway(account.brokerId).start(hears, new AbortController().signal);
  terminal = await enterByHttp(port, httpHello(device, "four", clock.now()), key, clock.now);
});
afterEach(async () => {
  await bridge.close();
  expect(faults).toEqual([]);
});

const told = (): number => events.filter(({ type }) => type === "figures").length;

test("a post's lines are heard, and its answer is proven", async () => {
  const [reply] = await terminal.post([FIGURES]);
  expect(reply).toMatchObject({ t: "reply", req: 1 });
  expect(told()).toBe(1);
});

test("the same post twice: the same answer, its work once", async () => {
  const body = terminal.body([FIGURES]);
  const first = await send(port, body);
  expect(await send(port, body)).toEqual(first);
  expect(told()).toBe(1);
});

test("what the hub asks upon the welcome comes with the first proven answer", async () => {
  const gateway = bridge.gateway(account.brokerId);
  const asks = (event: GatewayEvent): void => {
    if (event.type === "link" && event.up) gateway.snapshot(account).catch(() => {});
  };
  await gateway.start(asks, new AbortController().signal);
  advance += 1;
  const again = await enterByHttp(port, httpHello(device, "four", clock.now()), key, clock.now);
  expect((await again.post([])).map(({ t }) => t)).toEqual(["reply", "look"]);
});

test("what the account is allowed is told once, when it changes, and is a capability", async () => {
  const status = { t: "status", trade: 1, why: "", link: 1, hedge: 0, fifo: 1 };
  const gateway = bridge.gateway(account.brokerId);
  expect(gateway.capabilities(account).allowed).toBeUndefined();
  await terminal.post([status, status, { ...status, trade: 0, why: "Algo Trading is off" }]);
  const said = events.flatMap((event) => (event.type === "allowed" ? [event.allowed] : []));
  expect(said).toEqual([
    { tradeAllowed: true, hedgingProhibited: true, closesOldestFirst: true },
    { tradeAllowed: false, hedgingProhibited: true, closesOldestFirst: true },
  ]);
  expect(gateway.capabilities(account).allowed).toEqual(said.at(-1));
});

test("an instruction waits for the next post, and its outcome comes with the one after", async () => {
  const instruction = instructionOf(account);
  const outcome = bridge.gateway(account.brokerId).execute(instruction);
  const [, order] = await terminal.post([]);
  expect(order).toMatchObject({ t: "do", key: instruction.key, fence: 1 });
  const { key: of, fence } = instruction;
  await terminal.post([
    {
      ...{ t: "outcome", key: of, fence, status: "done", code: "", ret: 10009, order: "1" },
      ...{ pos: "1", filled: "1", price: "1.1", at: clock.now() },
    },
  ]);
  expect(await outcome).toMatchObject({ status: "done", filled: 100_000_000n, positionId: "1" });
});

test.each([
  ["a flipped proof", { mac: "0".repeat(64) }, "BAD_PROOF"],
  ["a number that is not the next", { req: 7 }, "REPLAYED"],
  ["a time out of the window", { hub: 1 }, "OUT_OF_WINDOW"],
])("%s: %s", async (_, change, code) => {
  const answer = await send(port, terminal.body([FIGURES], change));
  expect(answer.at(-1)).toMatchObject({ t: "refused", code });
  expect(told()).toBe(0);
});

test("what is not proven does not end the session of another", async () => {
  const forged = { t: "post", session: terminal.session, req: 1, hub: clock.now() };
  const lines = [{ ...forged, mac: "1".repeat(64) }];
  const answer = await send(port, `${JSON.stringify(lines[0])}\n`);
  expect(answer).toMatchObject([{ t: "refused", code: "BAD_PROOF" }]);
  await terminal.post([FIGURES]);
  expect(told()).toBe(1);
});

test("posts without a line are signs of life, and without posts the session ends", async () => {
  for (let post = 0; post < 5; post += 1) {
    advance += 20_000;
    await timers.sleep(30);
    expect(await terminal.post([])).toHaveLength(1);
  }
  advance += 46_000;
  await eventually("the link goes", () => bridge.terminals.connected === 0);
  const last = events.at(-1);
  expect(last).toMatchObject({ type: "link", up: false });
});

test("anything but a post to the one path has another status", async () => {
  const url = `http://127.0.0.1:${port}/v1/terminal`;
  expect((await fetch(url)).status).toBe(405);
  expect((await fetch(`${url}/x`, { method: "POST", body: "x" })).status).toBe(404);
  const big = await fetch(url, { method: "POST", body: "x".repeat(300_000) }).catch(() => null);
  if (big !== null) expect(big.status).toBe(413);
  await eventually("the session stands", async () => (await terminal.post([])).length > 0);
});
