import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SimulatorGateway } from "../gateway/simulator/gateway.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { accountRef, accountTerms, HandClock, testBroker } from "../testing/simulated-broker.ts";
import { systemTimers } from "./clock.ts";
import { LEASE_TTL_MS, Leases, postgresLeaseStore } from "./leases.ts";

const TTL_MS = 3_000;
const MARGIN_MS = 500;

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

/** A process whose own clock is moved by hand; the database's runs as it will. */
function process(slot: string, options: { ttlMs?: number; deadline?: boolean } = {}) {
  const clock = { ms: 0 };
  const leases = new Leases({
    store: postgresLeaseStore(database.sql),
    owner: randomUUID(),
    slot,
    monotonicMs: () => clock.ms,
    ttlMs: TTL_MS,
    marginMs: MARGIN_MS,
    ...options,
  });
  return { clock, leases };
}

test("a fence is given until the margin before the lease's end, counted from before the request", async () => {
  const { clock, leases } = process("a");
  await leases.turn();
  expect(leases.partitions.length).toBe(64);
  const fence = leases.fence(5);
  expect(fence).toBeGreaterThan(0);
  clock.ms = TTL_MS - MARGIN_MS - 1;
  expect(leases.fence(5)).toBe(fence);
  clock.ms = TTL_MS - MARGIN_MS;
  expect(leases.fence(5)).toBeNull();
  await leases.turn();
  expect(leases.fence(5)).toBe(fence);
});

test("without its deadline it would go on believing", async () => {
  const { clock, leases } = process("a", { deadline: false });
  await leases.turn();
  clock.ms = 1e9;
  expect(leases.fence(5)).not.toBeNull();
});

test("a new owner has a higher fence, and the old one learns that it lost", async () => {
  const old = process("a", { ttlMs: 50, deadline: false });
  await old.leases.turn();
  const before = old.leases.fence(5) ?? 0;
  await new Promise((resolve) => setTimeout(resolve, 80));
  const next = process("b");
  const turn = await next.leases.turn();
  expect(turn.taken.length).toBe(64);
  expect(next.leases.fence(5)).toBe(before + 1);
  const lost = await old.leases.turn();
  expect(lost.lost.length).toBe(64);
  expect(old.leases.fence(5)).toBeNull();
});

test("nobody takes what another still holds, and a share is left to who comes later", async () => {
  const a = process("a");
  const b = process("b");
  await a.leases.turn();
  expect((await b.leases.turn()).taken).toEqual([]);
  const { surplus } = await a.leases.turn();
  expect(surplus.length).toBe(32);
  await a.leases.release(surplus);
  expect((await b.leases.turn()).taken.map((one) => one.partition).sort()).toEqual(
    [...surplus].sort(),
  );
});

test("the quarantine covers the longest that a frozen owner may still send", () => {
  const { broker } = testBroker();
  broker.openAccount(accountTerms("1"));
  const gateway = new SimulatorGateway({
    broker,
    accounts: [accountRef("1")],
    clock: new HandClock(),
    timers: systemTimers,
  });
  const { quarantineMs } = gateway.capabilities(accountRef("1"));
  // Lease time bounds a freeze, since nothing is sent after the deadline; then the network's hold
  // and the history's lag, which a simulator left as it is does not have.
  const holdMs = 1_000;
  expect(quarantineMs).toBeGreaterThanOrEqual(LEASE_TTL_MS + holdMs);
});
