import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CopyRecords } from "../records/copies.ts";
import { OURS, openRestWorld, type RestWorld } from "../testing/rest-world.ts";
import { beginOperation, cancelOperation, operate } from "./operations.ts";
import { SubscriptionService } from "./service.ts";

let world: RestWorld;
beforeAll(async () => {
  world = await openRestWorld();
});
afterAll(() => world.close());

const by = {
  ...{ tenantId: OURS, actor: { kind: "system", id: "test", name: "a test" } as const },
  ...{ roles: ["operator"] as const, scopes: null, accounts: "all" as const },
  ...{ mode: "live" as const, steppedUpAt: null, address: null },
};

/** The first leg ends when it is let go. */
async function stage() {
  const { sql } = world.stage.database;
  const service = new SubscriptionService(sql, () => Date.now());
  const records = new CopyRecords(sql);
  const { rows: meant } = await records.subscriptions(by, {}, { limit: 10, after: null });
  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const setMode: SubscriptionService["setMode"] = async (...args) => {
    await held;
    return SubscriptionService.prototype.setMode.apply(service, args);
  };
  const faults: unknown[] = [];
  const deps = {
    ...{ sql, service: Object.assign(Object.create(service), { setMode }), newId: randomUUID },
    ...{ now: () => Date.now(), log: (_: string, error: unknown) => faults.push(error) },
  };
  const request = (mode: "paused" | "active") => ({
    ...{ meant, operation: { action: mode, reason: "A test.", dryRun: false } },
  });
  const shown = async (id: string) => {
    const { state, legs, ended_at } = await records.operation(by, id);
    const states = (legs as { state: string }[]).map((leg) => leg.state);
    return { state, states, isOver: ended_at !== null };
  };
  const work = (mode: "paused" | "active") => ({ kind: "mode" as const, mode });
  const whole = (mode: "paused" | "active") => {
    const { meant: rows, operation } = request(mode);
    return { meant: rows, operation: { ...operation, work: work(mode) } };
  };
  return { deps, letGo, whole, shown, faults };
}

test("it goes on after it was answered, and each leg is on record as it ends", async () => {
  const { deps, letGo, whole, shown, faults } = await stage();
  const { id, ended } = await beginOperation(deps, by, whole("paused"));
  expect(await shown(id)).toEqual({
    ...{ state: "running", states: ["waiting", "waiting"], isOver: false },
  });
  letGo();
  await ended;
  expect(await shown(id)).toEqual({ state: "ended", states: ["done", "done"], isOver: true });
  expect(await cancelOperation(deps, by, id)).toBe(false);
  expect(faults).toEqual([]);
});

test("what is cancelled finishes the leg it is at, and begins no other", async () => {
  const { deps, letGo, whole, shown } = await stage();
  const { id, ended } = await beginOperation(deps, by, whole("active"));
  expect(await cancelOperation(deps, by, id)).toBe(true);
  letGo();
  await ended;
  const { state, states, isOver } = await shown(id);
  expect([state, isOver, states.at(-1)]).toEqual(["cancelled", true, "cancelled"]);
  expect(states.filter((one) => one === "waiting")).toEqual([]);
});

test("an operation whose process is gone is interrupted, and asked again repeats nothing", async () => {
  const { deps, letGo, whole, shown } = await stage();
  const { admin } = world.stage.database;
  letGo();
  const id = await operate(deps, by, whole("active"));
  await admin`update operations set state = 'running', ended_at = null,
    beat_at = clock_timestamp() - interval '2 minutes' where operation_id = ${id}`;
  expect((await shown(id)).state).toBe("interrupted");
  const changes = async () =>
    (await admin`select count(*)::int as n from audit where action = 'set mode'`)[0]?.["n"];
  const before = await changes();
  const { rows } = await new CopyRecords(deps.sql).subscriptions(
    ...([by, {}, { limit: 10, after: null }] as const),
  );
  const again = await operate(deps, by, { ...whole("active"), meant: rows });
  expect((await shown(again)).states).toEqual(["unchanged", "unchanged"]);
  expect(await changes()).toBe(before);
});
