import { afterEach, beforeEach, expect, test } from "vitest";
import { CALM, type Fate, type Fates } from "../gateway/simulator/faults.ts";
import { audit } from "../testing/audit.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";

const QUARANTINE_MS = 400;

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

async function start(fates: Fates, followers = 1) {
  const world = createWorld({ followers, simulator: { fates, quarantineMs: QUARANTINE_MS } });
  await stage.enrol(world);
  return { world, hub: await stage.start(world) };
}

/** The first order meets this fate, those after it none. */
function first(fate: Partial<Fate>, isMeant: Parameters<Fates>[0]["kind"] = "open"): Fates {
  let met = false;
  return ({ kind }) => {
    if (met || kind !== isMeant) return CALM;
    met = true;
    return { ...CALM, ...fate };
  };
}

const requests = (world: World) =>
  world.records().beta.flatMap((one) => (one.type === "request" && one.key !== null ? [one] : []));

const outcomesOf = async (): Promise<string[]> => {
  const rows = await stage.database.admin<{ said: string }[]>`
    select i.kind || ' ' || i.attempt || ' ' || coalesce(
      (select string_agg(concat_ws(':', o.status, o.code), ' ' order by o.number)
        from outcomes o where o.key = i.key), '-') as said
    from instructions i order by ledger_order`;
  return rows.map((row) => row.said);
};

test("a lost reply is found by its key, and nothing is sent again", async () => {
  const { world, hub } = await start(first({ lost: "reply" }));
  world.trade({});
  await settled(hub);
  expect(await outcomesOf()).toEqual(["open 1 unknown:IN_FLIGHT done"]);
  expect(requests(world).length).toBe(1);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});

test("a lost request is sent again once, and only after the quarantine", async () => {
  const { world, hub } = await start(first({ lost: "request" }));
  const began = Date.now();
  world.trade({});
  await settled(hub);
  expect(await outcomesOf()).toEqual([
    "open 1 unknown:IN_FLIGHT rejected:NEVER_ARRIVED",
    "open 2 done",
  ]);
  const [sent] = requests(world);
  expect(requests(world).length).toBe(1);
  expect((sent?.at ?? 0) - began).toBeGreaterThanOrEqual(QUARANTINE_MS);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});

test("an unknown outcome holds back opens, and closes of other positions go on", async () => {
  const { world, hub } = await start(({ symbol }) =>
    symbol.startsWith("NZD") ? { ...CALM, lost: "request" } : CALM,
  );
  const opened = world.trade({});
  await settled(hub);
  world.trade({ symbol: "NZDUSD" });
  await eventually("unknown", async () => (await outcomesOf()).length === 2);
  world.trade({ symbol: "XAUUSD", volume: 10_000_000n });
  world.trade({ kind: "close", positionId: opened.positionId });
  const login = world.followers[0]?.login ?? "";
  const held = () => world.brokers.beta.snapshot(login).positions.map((one) => one.symbol);
  await eventually("closed", () => held().length === 0, QUARANTINE_MS);
  const [row] = await stage.database.admin<{ count: number }[]>`
    select count(*)::int as count from decisions`;
  expect(row?.count).toBe(3);
  await settled(hub);
  expect(held()).toEqual(["XAUUSD.b"]);
});

test("a close is tried until it is done, however often it is refused", async () => {
  let refusals = 4;
  const { world, hub } = await start(({ kind }) =>
    kind === "close" && refusals-- > 0 ? { ...CALM, rejectWith: 10018 } : CALM,
  );
  const { positionId } = world.trade({});
  await settled(hub);
  world.trade({ kind: "close", positionId });
  await settled(hub);
  expect((await outcomesOf()).slice(1)).toEqual([
    ...[1, 2, 3, 4].map((attempt) => `close ${attempt} rejected:MARKET_CLOSED`),
    "close 5 done",
  ]);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});

test("a final refusal of an open is no reason to try again, and is a divergence", async () => {
  const { world, hub } = await start(first({ rejectWith: 10019 }));
  world.trade({});
  await settled(hub);
  expect(await outcomesOf()).toEqual(["open 1 rejected:NO_MONEY"]);
  expect(hub.reconciler.divergences.map((one) => one.cause)).toEqual(["REJECTED"]);
});

test("a close before the answer to its open follows it, and nothing is left", async () => {
  const { world, hub } = await start(() => ({ ...CALM, requestMs: 40, replyMs: 40 }), 3);
  const { positionId } = world.trade({});
  world.trade({ kind: "close", positionId });
  await settled(hub);
  for (const { login } of world.followers) {
    expect(world.brokers.beta.snapshot(login).positions).toEqual([]);
  }
  const rows = await stage.database.admin`
    select kind, decision, reason from signals join decisions using (tenant_id, signal_id)`;
  expect(rows.length).toBe(6);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});
