import { afterAll, beforeAll, expect, test } from "vitest";
import { isLockstepError } from "../domain/errors.ts";
import { partitionOf } from "../domain/ids.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { AccountState } from "../follower/state.ts";
import { type DecisionRow, decisionsWrite } from "../follower/store.ts";
import type { Hub } from "../hub/hub.ts";
import { brokerOrder } from "../lane/order.ts";
import type { Signal } from "../master/signal.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled } from "../testing/harness.ts";
import { killed, openStage, type Stage } from "../testing/stage.ts";

/** What the old owner was about to write when it froze. */
type Frozen = {
  readonly signal: Signal;
  readonly rows: readonly DecisionRow[];
  readonly instruction: LedgerInstruction;
  readonly outcome: Outcome;
  readonly account: AccountState;
  readonly copied: readonly CopiedPosition[];
};

let stage: Stage;
let old: Hub;
let next: Hub;
let frozen: Frozen;

beforeAll(async () => {
  stage = await openStage();
  const world = createWorld({ followers: 1 });
  await stage.enrol(world);
  const decided: { signal: Signal; rows: readonly DecisionRow[] }[] = [];
  const resolved: { instruction: LedgerInstruction; outcome: Outcome }[] = [];
  old = await stage.start(world, {
    observer: {
      decided: (signal, rows) => void decided.push({ signal, rows }),
      resolved: (instruction, outcome) => void resolved.push({ instruction, outcome }),
    },
  });
  const { positionId } = world.trade({});
  await settled(old);
  const [subscription] = old.followers.subscriptions.values();
  const [decision] = decided;
  const [end] = resolved;
  if (subscription === undefined || decision === undefined || end === undefined) {
    throw new Error("nothing was copied");
  }
  const copied = [...subscription.copied.values()];
  frozen = { ...decision, ...end, account: subscription.account, copied };
  await killed(old);
  next = await stage.start(world, { slot: "b", gateways: world.connect() });
  await eventually("taken over", () => next.watchers.size === 1);
  await next.turn();
  world.trade({ kind: "protect", positionId, volume: null, stopLoss: 105_000_000n });
  await settled(next);
});
afterAll(() => stage.close());

async function refusedWithoutTrace(write: () => Promise<unknown>): Promise<void> {
  const before = await everyRow();
  const error = await write().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(isLockstepError(error, "FENCE_STALE"), String(error)).toBe(true);
  expect(await everyRow()).toEqual(before);
}

/** All that the old owner could have touched, as text. */
async function everyRow(): Promise<unknown> {
  const { admin } = stage.database;
  return Promise.all([
    admin`select signals::text as row from signals order by sequence`,
    admin`select decisions::text as row from decisions order by 1`,
    admin`select instructions::text as row from instructions order by 1`,
    admin`select outcomes::text as row from outcomes order by 1`,
    admin`select copied_positions::text as row from copied_positions order by 1`,
  ]);
}

const copies = () => {
  const { partition, fence } = frozen.instruction;
  return frozen.copied.map((one) => ({ partition, fence, copied: { ...one, symbol: "CHANGED" } }));
};

test("no signal", async () => {
  const signal = { ...frozen.signal, id: crypto.randomUUID(), sequence: 99, sourceKey: "late" };
  const partition = partitionOf(signal.masterId);
  await refusedWithoutTrace(() =>
    old.deps.stores.master.commit([signal], { partition, fence: frozen.instruction.fence }),
  );
});

test("no decision, and none of its instructions", async () => {
  const signal = { ...frozen.signal, id: crypto.randomUUID() };
  await refusedWithoutTrace(() => old.deps.stores.follower.writeDecisions(signal, frozen.rows));
});

test("no next attempt", async () => {
  const attempt = { ...frozen.instruction, attempt: 2, key: "LATE000000000000" };
  await refusedWithoutTrace(() => old.deps.stores.lane.insert([attempt]));
});

test("no outcome, and no copied position with it", async () => {
  const { instruction, outcome } = frozen;
  const row = { ...outcome, instruction, number: 7, sentAt: null };
  const { tenantId } = instruction.account;
  const { lane } = old.deps.stores;
  await refusedWithoutTrace(() => lane.settle(tenantId, [row], []));
  expect(copies().length).toBe(1);
  await refusedWithoutTrace(() => lane.settle(tenantId, [], copies()));
  await refusedWithoutTrace(() => lane.settle(tenantId, [row], copies()));
});

test("a signal goes alone where the fence of its decisions is stale", async () => {
  const { admin } = stage.database;
  const partition = partitionOf(frozen.signal.masterId);
  const fence = next.deps.leases.fence(partition) ?? 0;
  const signal = { ...frozen.signal, id: crypto.randomUUID(), sequence: 98, sourceKey: "alone" };
  const decisions = decisionsWrite(signal, frozen.rows);
  const { master } = next.deps.stores;
  const before = await admin`select key from instructions order by 1`;
  expect(await master.commitWith(signal, { partition, fence }, decisions)).toBe(false);
  expect(await admin`select key from instructions order by 1`).toEqual(before);
  expect(await admin`select 1 from decisions where signal_id = ${signal.id}`).toEqual([]);
  expect(await admin`select sequence::int from signals where signal_id = ${signal.id}`).toEqual([
    { sequence: 98 },
  ]);
});

test("and the broker that checks fences executes no order under it", async () => {
  const { instruction, account } = frozen;
  const late = { ...instruction, key: "LATE000000000000", validUntil: null };
  const order = brokerOrder(late, {
    account,
    subscriptions: [],
    underWay: [],
    fence: instruction.fence,
  });
  const outcome = await old.gatewayOf(account).execute(order);
  expect(outcome).toMatchObject({ status: "rejected", code: "FENCED", filled: 0n });
});
