import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import type { PendingTerms } from "../domain/pending-order.ts";
import { instructionKey, type LedgerInstruction } from "../follower/instruction.ts";
import { CALM, type Fate, type Fates } from "../gateway/simulator/faults.ts";
import type { Hub } from "../hub/hub.ts";
import { audit } from "../testing/audit.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";

const EXPIRES_AT = Date.now() + 3_600_000;
const TERMS: PendingTerms = {
  type: "sell-stop-limit",
  price: parseFixed("1.09"),
  limitPrice: parseFixed("1.091"),
  expiresAt: EXPIRES_AT,
};

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

async function start(fates?: Fates) {
  const simulator = fates === undefined ? {} : { fates };
  const world = createWorld({ followers: 1, simulator: { ...simulator, quarantineMs: 300 } });
  await stage.enrol(world);
  return { world, hub: await stage.start(world) };
}

/** The first instruction of this kind meets this fate, those after it none. */
function first(fate: Partial<Fate>, isMeant: Parameters<Fates>[0]["kind"], times = 1): Fates {
  let left = times;
  return ({ kind }) => {
    if (kind !== isMeant || left === 0) return CALM;
    left -= 1;
    return { ...CALM, ...fate };
  };
}

/** An instruction for the follower, in the ledger; a place of one lot where nothing else is said. */
async function instruct(hub: Hub, change: Partial<LedgerInstruction> = {}) {
  const [subscription] = hub.followers.subscriptions.values();
  if (subscription === undefined) throw new Error("there is no follower");
  const { account, subscriptionId } = subscription;
  const { partition } = account;
  const now = Math.floor(Date.now() / 1_000);
  const origin = { kind: "realign", id: randomUUID(), sequence: now } as const;
  const instruction: LedgerInstruction = {
    key: instructionKey(origin, subscriptionId, 1, 1),
    ...{ account: account.account, partition, fence: hub.deps.leases.fence(partition) ?? 0 },
    ...{ origin, subscriptionId, position: "order:1", part: 1, attempt: 1 },
    ...{ kind: "place", symbol: "EURUSD.b", side: "sell", volume: parseFixed("1") },
    ...{ positionId: null, orderId: null, pending: TERMS },
    ...{ stopLoss: parseFixed("1.12"), takeProfit: null, masterPrice: null },
    status: hub.lanes.admit(account),
    validUntil: null,
    ...change,
  };
  await hub.deps.stores.lane.insert([instruction]);
  return instruction;
}

async function done(hub: Hub, change: Partial<LedgerInstruction> = {}): Promise<void> {
  hub.lanes.submit([await instruct(hub, change)]);
  await settled(hub);
}

const cancelOf = (orderId: string) =>
  ({ kind: "cancel", orderId, volume: null, pending: null, stopLoss: null }) as const;

const ordersOf = ({ brokers, followers }: World) =>
  brokers.beta.snapshot(followers[0]?.login ?? "").orders;

const standing = (world: World): string => {
  const [order, ...more] = ordersOf(world);
  expect(more).toEqual([]);
  return order?.id ?? "none";
};

const outcomes = async (): Promise<string[]> => {
  const rows = await stage.database.admin<{ said: string }[]>`
    select i.kind || ' ' || i.attempt || ' ' || coalesce(
      (select string_agg(concat_ws(':', o.status, o.code), ' ' order by o.number)
        from outcomes o where o.key = i.key), '-') as said
    from instructions i order by ledger_order`;
  return rows.map((row) => row.said);
};

test("a lost reply to a place is found by its key, and the order stands once", async () => {
  const { world, hub } = await start(first({ lost: "reply" }, "place"));
  await done(hub);
  expect(await outcomes()).toEqual(["place 1 unknown:IN_FLIGHT done"]);
  expect(ordersOf(world)).toMatchObject([{ ...TERMS, stopLoss: parseFixed("1.12") }]);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});

test("a lost place is sent again once, and only after the quarantine", async () => {
  const { world, hub } = await start(first({ lost: "request" }, "place"));
  await done(hub);
  expect(await outcomes()).toEqual([
    "place 1 unknown:IN_FLIGHT rejected:NEVER_ARRIVED",
    "place 2 done",
  ]);
  expect(ordersOf(world)).toHaveLength(1);
});

test("a change gives the order all of its new terms, and a cancel goes on until it is gone", async () => {
  const { world, hub } = await start(first({ rejectWith: 10018 }, "cancel", 3));
  await done(hub);
  const orderId = standing(world);
  const pending = { ...TERMS, price: parseFixed("1.08"), limitPrice: parseFixed("1.082") };
  await done(hub, { kind: "change", orderId, volume: null, pending });
  expect(ordersOf(world)).toMatchObject([{ id: orderId, ...pending }]);
  await done(hub, cancelOf(orderId));
  await done(hub, cancelOf(orderId));
  expect(await outcomes()).toEqual([
    "place 1 done",
    "change 1 done",
    ...[1, 2, 3].map((attempt) => `cancel ${attempt} rejected:MARKET_CLOSED`),
    "cancel 4 done",
    "cancel 1 rejected:ORDER_GONE",
  ]);
  expect(ordersOf(world)).toEqual([]);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});

test("a place that comes too late is not sent", async () => {
  const { world, hub } = await start();
  await done(hub, { validUntil: Date.now() - 1 });
  expect(await outcomes()).toEqual(["place 1 rejected:EXPIRED"]);
  expect(ordersOf(world)).toEqual([]);
});

test.each(["sent", "queued"] as const)(
  "a place that was %s when its owner ended is gone on with by the next, with all its terms",
  async (status) => {
    const { world, hub } = await start();
    await instruct(hub, { status });
    await hub.stop();
    const gateways = world.connect();
    const next = await stage.start(world, { slot: "b", gateways });
    await settled(next);
    expect(await outcomes()).toEqual(
      status === "queued"
        ? ["place 1 sent done"]
        : ["place 1 rejected:NEVER_ARRIVED", "place 2 done"],
    );
    expect(ordersOf(world)).toMatchObject([{ ...TERMS, volume: parseFixed("1") }]);
    await done(next, cancelOf(standing(world)));
    expect(ordersOf(world)).toEqual([]);
  },
);

test("a cancel whose reply was lost is over once the next owner has asked", async () => {
  const { world, hub } = await start();
  await done(hub);
  const orderId = standing(world);
  const { key } = await instruct(hub, { ...cancelOf(orderId), status: "sent" });
  const login = world.followers[0]?.login ?? "";
  const order = { ...cancelOf(orderId), symbol: "EURUSD.b", side: "sell" as const };
  world.brokers.beta.trade(
    login,
    { ...order, positionId: null, takeProfit: null, magic: 0, comment: key },
    { key, fence: 1, validUntil: null },
  );
  await hub.stop();
  const next = await stage.start(world, { slot: "b", gateways: world.connect() });
  await settled(next);
  expect(await outcomes()).toEqual(["place 1 done", "cancel 1 done"]);
  expect(ordersOf(world)).toEqual([]);
});
