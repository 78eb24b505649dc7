import { afterEach, beforeEach, expect, test } from "vitest";
import { CALM } from "../gateway/simulator/faults.ts";
import { HealthService } from "../health/service.ts";
import { systemClock } from "../platform/clock.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const LEASE_MS = 600;

test("what is in flight is recorded by the process that ends, longer than a lease lasts", async () => {
  const slow = { fates: () => ({ ...CALM, requestMs: 3 * LEASE_MS }) };
  const world = createWorld({ followers: 3, simulator: slow });
  await stage.enrol(world);
  const hub = await stage.start(world, { leaseMs: LEASE_MS, turnMs: 100, drainMs: 10_000 });
  await eventually("armed", () => [...hub.accounts.values()].every(({ ready }) => ready));
  world.trade({});
  await eventually("sent", () => [...hub.accounts.values()].some((one) => one.unresolved.size > 0));
  await hub.stop();
  const { admin } = stage.database;
  expect(await admin`select distinct state from instruction_states`).toEqual([{ state: "done" }]);
  const held = await admin`select 1 from leases where expires_at > clock_timestamp()`;
  expect(held).toHaveLength(0);
  expect(stage.faults).toEqual([]);
});

test("a broker that never answers keeps a process for the limit only", async () => {
  const silent = { fates: () => ({ ...CALM, requestMs: 60_000 }) };
  const world = createWorld({ followers: 1, simulator: silent });
  await stage.enrol(world);
  const hub = await stage.start(world, { drainMs: 300 });
  await eventually("armed", () => [...hub.accounts.values()].every(({ ready }) => ready));
  world.trade({});
  await eventually("sent", () => [...hub.accounts.values()].some((one) => one.unresolved.size > 0));
  const begun = performance.now();
  await hub.stop();
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test("health follows the process: ready, told in figures, and not ready once it ends", async () => {
  const health = new HealthService(systemClock);
  const world = createWorld({ followers: 2 });
  await stage.enrol(world);
  expect((await health.ready()).map(({ ok }) => ok)).toEqual([false]);
  const hub = await stage.start(world, { observer: health.metrics.observer });
  const schema = async () => ({ at: 1, needed: 1 });
  health.attach({ hub, sql: stage.database.sql, doorbells: stage.doorbells, schema });
  world.trade({});
  await settled(hub);
  expect((await health.ready()).filter(({ ok }) => !ok)).toEqual([]);
  const text = await health.exposition();
  for (const line of [
    'lockstep_signals_total{kind="open"} 1',
    'lockstep_decisions_total{decision="copy",reason=""} 2',
    'lockstep_outcomes_total{kind="open",status="done",code=""} 2',
    'lockstep_stage_seconds_count{stage="outcome"} 2',
    "lockstep_divergences_open 0",
    "lockstep_unknown 0",
    "lockstep_partitions_owned 64",
    "lockstep_lease_takeovers_total 64",
    "lockstep_queue_depth 0",
  ]) {
    expect(text).toContain(`\n${line}\n`);
  }
  await hub.stop();
  expect((await health.ready()).map(({ name, ok }) => [name, ok])).toEqual([["draining", false]]);
});
