import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import type { PendingTerms } from "../domain/pending-order.ts";
import { audit } from "../testing/audit.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import { accountRefOf, brokerIdOf } from "./enrol.ts";
import type { Hub } from "./hub.ts";

let stage: Stage;
let world: World;
let hub: Hub;

beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 2 });
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

async function start(rules?: object): Promise<void> {
  await stage.enrol(world, rules);
  hub = await stage.start(world);
  // What happens before the first snapshot of the master is told by that alone.
  await settled(hub);
}

const limit = (price: string): PendingTerms => ({
  type: "buy-limit",
  price: parseFixed(price),
  limitPrice: null,
  expiresAt: null,
});

function place(price: string): string {
  const { orderId } = world.trade({ kind: "place", pending: limit(price), magic: 5 });
  if (orderId === null) throw new Error("no order was placed");
  return orderId;
}

const change = (orderId: string, price: string) =>
  world.trade({ kind: "change", orderId, volume: null, pending: limit(price) });
const cancel = (orderId: string) => world.trade({ kind: "cancel", orderId, volume: null });

/** Each signal with the decision of every follower, where they agree. */
const told = async (): Promise<string[]> => {
  const rows = await stage.database.admin<{ said: string }[]>`
    select concat_ws(' ', kind, position, trim_scale(price), string_agg(distinct
      concat_ws(' ', decision, reason), ' | ')) as said
    from signals join decisions using (tenant_id, signal_id)
    group by sequence, kind, position, price order by sequence`;
  return rows.map((row) => row.said);
};

const bookOf = (one: Hub) => {
  const master = accountRefOf(world.tenant, world.master);
  return one.watchers.get(master.accountId)?.book;
};

const held = () => world.followers.map(({ login }) => world.brokers.beta.snapshot(login));

test("placed, changed, cancelled and filled: every step is on record, the fill alone is copied", async () => {
  await start();
  const [gone, fills] = [place("1.08"), place("1.09")];
  change(gone, "1.07");
  cancel(gone);
  await settled(hub);
  world.quote("EURUSD", "1.08990", "1.09000");
  await settled(hub);
  const skipped = "skip PENDING_EXCLUDED";
  expect(await told()).toEqual([
    `place order:${gone} 1.08 ${skipped}`,
    `place order:${fills} 1.09 ${skipped}`,
    `change order:${gone} 1.07 ${skipped}`,
    `cancel order:${gone} 1.07 ${skipped}`,
    expect.stringMatching(/^open \S+ 1.09 copy$/),
  ]);
  for (const { positions, orders } of held())
    expect([positions.length, orders.length]).toEqual([1, 0]);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});

test("a follower whose rules say off gets nothing of what an order opened, and all of the rest", async () => {
  await start({ pendingOrders: "off" });
  place("1.09");
  world.quote("EURUSD", "1.08990", "1.09000");
  await settled(hub);
  world.trade({ symbol: "NZDUSD" });
  await settled(hub);
  expect((await told()).map((said) => said.split(" ").slice(3).join(" "))).toEqual([
    "skip PENDING_EXCLUDED",
    "skip PENDING_EXCLUDED",
    "copy",
  ]);
  for (const { positions } of held())
    expect(positions.map(({ symbol }) => symbol)).toEqual(["NZDUSD.b"]);
});

test("what became of orders while the link was down is on record once, and outlives a restart", async () => {
  await start();
  const [gone, , changes] = [place("1.08"), place("1.09"), place("1.07")];
  await settled(hub);
  const master = accountRefOf(world.tenant, world.master);
  const link = (up: boolean) =>
    world.gateways.get(brokerIdOf(world.tenant, "alpha"))?.setLink(master, up);
  link(false);
  cancel(gone);
  change(changes, "1.06");
  world.quote("EURUSD", "1.08990", "1.09000");
  const added = place("1.05");
  link(true);
  await settled(hub);
  const found = await told();
  expect(found.slice(3)).toEqual([
    expect.stringMatching(/^open \S+ 1.09 copy$/),
    `cancel order:${gone} 1.08 skip PENDING_EXCLUDED`,
    `change order:${changes} 1.06 skip PENDING_EXCLUDED`,
    `place order:${added} 1.05 skip PENDING_EXCLUDED`,
  ]);
  const book = bookOf(hub);
  expect([...(book?.orders.keys() ?? [])].sort()).toEqual([added, changes].sort());
  await hub.stop();
  const next = await stage.start({ ...world, gateways: world.connect() }, { slot: "b" });
  await settled(next);
  expect(bookOf(next)).toEqual(book);
  expect(await told()).toEqual(found);
  expect(await audit(stage.database.admin, world, world.records())).toEqual([]);
});
