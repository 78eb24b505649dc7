/** What every store of guards must keep, however it stores them: Postgres and memory pass the same. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type KeptLimit, keptLimits, LimitKeeper, limitIdOf } from "../risk/service.ts";
import type { GuardScope, GuardStore } from "../risk/store.ts";
import { throttleOpen } from "../risk/throttle.ts";
import { keptThrottle, throttleChange, throttleIdOf } from "../risk/throttle-row.ts";
import { accountPointOf, limitOf } from "./risk-builders.ts";

export const at = (time: string, equity: number) =>
  accountPointOf(`2025-03-06T${time}Z`, { equity });

export function guardWorld(store: GuardStore, more: Partial<KeptLimit> = {}) {
  const tenantId = randomUUID();
  const scope: GuardScope = { kind: "account", id: randomUUID() };
  const limit = limitOf({ absolute: "1000", alertAt: "0.5", action: "close-all-and-stop" });
  const kept: KeptLimit[] = [{ scope, name: "daily", limit, ...more }];
  const guardId = limitIdOf(scope, "daily");
  const open = (limits: readonly KeptLimit[] = kept): Promise<LimitKeeper> =>
    LimitKeeper.open(store, tenantId, limits);
  return { tenantId, scope, kept, guardId, open };
}

/** `store` is asked for in each test, since it may be opened after the tests were declared. */
export function guardSuite(store: () => GuardStore): void {
  const world = (more: Partial<KeptLimit> = {}) => guardWorld(store(), more);
  test("a tripped limit is neither forgotten nor tripped twice", async () => {
    const { tenantId, scope, guardId, open } = world();
    const first = await open();
    await first.feed(scope.id, at("08:00", 10_000));
    const reached = await first.feed(scope.id, at("09:00", 8_900));
    expect(reached.map(({ event }) => event.to)).toEqual(["close-all-and-stop"]);

    const second = await open();
    expect(second.stageOf(scope.id)).toBe("close-all-and-stop");
    expect(await second.feed(scope.id, at("09:01", 8_000))).toEqual([]);
    expect(await store().events(tenantId, guardId)).toEqual(reached.map(({ event }) => event));
  });

  test("what was reached is in the ledger before it is told, or it is not told", async () => {
    const { tenantId, scope, guardId } = world();
    let broken = true;
    const failing: GuardStore = {
      ...store(),
      save: (...args) => (broken ? Promise.reject(new Error("lost")) : store().save(...args)),
    };
    const limit = limitOf({ absolute: "1000" });
    const keeper = await LimitKeeper.open(failing, tenantId, [{ scope, name: "daily", limit }]);
    await keeper.feed(scope.id, at("08:00", 10_000));
    await expect(keeper.feed(scope.id, at("09:00", 8_900))).rejects.toThrow("lost");
    expect(keeper.stageOf(scope.id)).toBe("clear");
    broken = false;
    expect(await keeper.feed(scope.id, at("09:00", 8_900))).toHaveLength(1);
    expect(await store().events(tenantId, guardId)).toHaveLength(1);
  });

  test("a peak and a debounce that had begun are known after a restart", async () => {
    const limit = limitOf({ absolute: "1000", debounceMs: 60_000 });
    const { scope, open } = world({ limit });
    const first = await open();
    await first.feed(scope.id, at("08:00", 10_000));
    await first.feed(scope.id, at("08:30", 11_000));
    await first.feed(scope.id, at("08:31", 9_900));
    await first.flush();
    await first.flush();
    const second = await open();
    expect(await second.feed(scope.id, at("08:31:59", 9_900))).toEqual([]);
    expect(await second.feed(scope.id, at("08:32", 9_900))).toHaveLength(1);
  });

  test("two who believe to be the owner trip it once: the second is told that it is not", async () => {
    const { tenantId, scope, guardId, open } = world();
    const one = await open();
    const other = await open();
    for (const keeper of [one, other]) await keeper.feed(scope.id, at("08:00", 10_000));
    expect(await one.feed(scope.id, at("09:00", 8_900))).toHaveLength(1);
    await expect(other.feed(scope.id, at("09:00", 8_900))).rejects.toMatchObject({
      code: "FENCE_STALE",
    });
    expect(await store().events(tenantId, guardId)).toHaveLength(1);
  });

  describe("a limit that was edited", () => {
    test("keeps its stage, and its references where they mean the same", async () => {
      const { scope, kept, open } = world();
      const first = await open();
      await first.feed(scope.id, at("08:00", 10_000));
      await first.feed(scope.id, at("09:00", 8_900));
      const wider = limitOf({ absolute: "5000", action: "close-all-and-stop" });
      const second = await open(kept.map((one) => ({ ...one, limit: wider })));
      expect(second.stageOf(scope.id)).toBe("close-all-and-stop");
      const weekly = limitOf({ absolute: "5000", period: "week", action: "close-all-and-stop" });
      const third = await open(kept.map((one) => ({ ...one, limit: weekly })));
      expect(third.stageOf(scope.id)).toBe("close-all-and-stop");
      expect(await third.feed(scope.id, at("10:00", 8_000))).toEqual([]);
    });
  });

  test("a reset is recorded with its reason, and stays after a restart", async () => {
    const { tenantId, scope, guardId, open } = world();
    const first = await open();
    await first.feed(scope.id, at("08:00", 10_000));
    await first.feed(scope.id, at("09:00", 8_900));
    const when = Date.parse("2025-03-06T10:00Z");
    const request = { at: when, by: "Ada", reason: "agreed", measureFrom: "now" } as const;
    await expect(first.reset(guardId, { ...request, reason: "" })).rejects.toMatchObject({
      code: "BAD_INPUT",
    });
    await first.reset(guardId, request);
    await expect(first.reset(randomUUID(), request)).rejects.toMatchObject({ code: "NOT_FOUND" });
    const second = await open();
    expect(second.stageOf(scope.id)).toBe("clear");
    expect(await second.feed(scope.id, at("10:01", 8_800))).toEqual([]);
    const events = await store().events(tenantId, guardId);
    expect(events.map(({ kind, by, reason }) => [kind, by, reason])).toEqual([
      ["reached", null, null],
      ["reset", "Ada", "agreed"],
    ]);
  });

  test("a tripped throttle is kept the same way", async () => {
    const [tenantId, subscriptionId] = [randomUUID(), randomUUID()];
    const fresh = keptThrottle(subscriptionId, await store().load(tenantId, [subscriptionId]));
    const { state } = throttleOpen({ count: 1, windowMs: 1_000 }, fresh.state, 1);
    const tripped = throttleOpen({ count: 1, windowMs: 1_000 }, state, 2);
    if (tripped.event === null) throw new Error("it did not trip");
    const change = throttleChange(
      subscriptionId,
      { ...fresh, state: tripped.state },
      tripped.event,
    );
    await store().save(tenantId, [change]);
    const kept = keptThrottle(subscriptionId, await store().load(tenantId, [subscriptionId]));
    expect(kept).toEqual({ state: tripped.state, version: 1 });
    expect(await store().events(tenantId, throttleIdOf(subscriptionId))).toEqual([tripped.event]);
    await expect(store().save(tenantId, [change])).rejects.toMatchObject({ code: "FENCE_STALE" });
  });

  test("limits keep their identity in another order and with another threshold", async () => {
    const { scope, open } = world();
    const day = limitOf({ absolute: "1000" });
    const week = limitOf({ absolute: "9000", period: "week" });
    const first = await open(keptLimits(scope, [day, week]));
    await first.feed(scope.id, at("08:00", 10_000));
    await first.feed(scope.id, at("09:00", 8_900));
    await first.flush();
    const wider = limitOf({ absolute: "2000" });
    const second = await open(keptLimits(scope, [week, wider, day]));
    expect(second.view(scope.id).map(({ stage }) => stage)).toEqual([
      "clear",
      "close-only",
      "clear",
    ]);
    expect(second.view(scope.id)[0]?.measured).toMatchObject({ amount: 110_000_000_000n });
  });
}
