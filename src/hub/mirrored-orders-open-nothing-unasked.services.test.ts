/** Where a follower's own pending order may not stand, cannot stand, or stands for nobody. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { CALM, type Fates } from "../gateway/simulator/faults.ts";
import { eventually } from "../testing/eventually.ts";
import { MirrorStage } from "../testing/mirror-stage.ts";
import { realign } from "./realigner.ts";

let stage: MirrorStage;

beforeEach(async () => {
  stage = await MirrorStage.open();
});
afterEach(() => stage.close());

test("a place that the broker refuses is told by its code, and opened when the master's fills", async () => {
  const fates: Fates = ({ kind }) => (kind === "place" ? { ...CALM, rejectWith: 10033 } : CALM);
  await stage.start({ simulator: { fates } });
  await stage.place("buy-limit", "1.098");
  expect(await stage.divergences()).toEqual(["REJECTED LIMIT_ORDERS open"]);
  await stage.quote("alpha", "1.0979", "1.098");
  expect(stage.held()).toEqual(["buy 1"]);
  expect(await stage.told()).toEqual(["place copy", "open copy"]);
  expect(await stage.divergences()).toEqual(["REJECTED LIMIT_ORDERS gone"]);
  await stage.clean();
});

test("a change that the broker refuses leaves nothing at the old price", async () => {
  const fates: Fates = ({ kind }) => (kind === "change" ? { ...CALM, rejectWith: 10022 } : CALM);
  await stage.start({ simulator: { fates } });
  const id = await stage.place("buy-limit", "1.09");
  await stage.change(id, "buy-limit", "1.098");
  await eventually("it is cancelled", () => stage.held().length === 0);
  await stage.settled();
  await stage.quote("alpha", "1.0979", "1.098");
  expect(stage.held()).toEqual(["buy 1"]);
  await stage.clean();
});

test("a subscription that may open nothing has no order standing", async () => {
  await stage.start();
  await stage.place("buy-limit", "1.09");
  const [subscription] = stage.hub.followers.subscriptions.values();
  if (subscription === undefined) throw new Error("there is no follower");
  subscription.mode = "paused";
  await eventually("it is cancelled", () => stage.held().length === 0);
  await stage.settled();
  await stage.quote("alpha", "1.0899", "1.09");
  expect(await stage.told()).toEqual(["place copy", "open skip PAUSED"]);
  expect(await stage.divergences()).toEqual([]);
});

test("an order with our key that mirrors nothing is found, and the user's own is not", async () => {
  await stage.start();
  await stage.place("buy-limit", "1.09");
  const pending = { type: "buy-limit", price: parseFixed("1.08"), limitPrice: null } as const;
  const lot = parseFixed("1");
  stage.byHand({ kind: "place", volume: lot, pending: { ...pending, expiresAt: null } });
  await stage.hub.reconcile();
  expect(await stage.divergences()).toEqual([]);
  const none = { positionId: null, stopLoss: null, takeProfit: null, magic: 0, comment: "" };
  stage.world.brokers.beta.trade(
    stage.login,
    {
      ...{ kind: "place", symbol: "EURUSD.b", side: "buy", volume: lot, ...none },
      pending: { ...pending, expiresAt: null },
    },
    { key: "STRAY00000000001", fence: 1, validUntil: null },
  );
  await stage.hub.reconcile();
  await eventually("it is told", async () => (await stage.divergences()).length === 1);
  expect(await stage.divergences()).toEqual(["ORPHAN open"]);
  const [found] = stage.hub.reconciler.divergences;
  expect(await realign(stage.hub, found?.id ?? "")).toMatchObject({ done: true });
  await stage.settled();
  await stage.hub.reconcile();
  expect(await stage.divergences()).toEqual(["ORPHAN realigned"]);
  // What mirrors the master's stands, and so does the user's own.
  expect(stage.held()).toEqual(["buy-limit 1 at 1.09", "buy-limit 1 at 1.08"]);
});

test("an order whose reply was lost fills meanwhile, and is taken over all the same", async () => {
  let lost = false;
  const fates: Fates = ({ kind }) => {
    if (kind !== "place" || lost) return CALM;
    lost = true;
    return { ...CALM, lost: "reply" };
  };
  await stage.start({ simulator: { fates, quarantineMs: 300 } });
  const pending = { type: "buy-limit", price: parseFixed("1.098"), limitPrice: null } as const;
  stage.world.trade({ kind: "place", pending: { ...pending, expiresAt: null } });
  await eventually("it stands", () => stage.held().length === 1);
  stage.quoteUnheard("beta", "1.0979", "1.098");
  stage.quoteUnheard("alpha", "1.0979", "1.098");
  await stage.settled();
  await eventually("the fill is decided", async () => (await stage.told()).length === 2);
  await stage.settled();
  expect(stage.held()).toEqual(["buy 1"]);
  expect(await stage.told()).toEqual(["place copy", "open skip MIRRORED"]);
  await stage.clean();
});

test("a mirrored order that a hand has moved is told of until it is as it was", async () => {
  await stage.start();
  await stage.place("buy-limit", "1.09");
  await stage.hub.reconcile();
  expect(await stage.divergences()).toEqual([]);
  const move = (price: string): void => {
    const pending = { type: "buy-limit", price: parseFixed(price), limitPrice: null } as const;
    const { orderId } = stage;
    stage.byHand({ kind: "change", orderId, pending: { ...pending, expiresAt: null } });
  };
  move("1.07");
  await stage.settled();
  await stage.hub.reconcile();
  await eventually("it is told", async () => (await stage.divergences()).length === 1);
  expect(await stage.divergences()).toEqual(["STOPS open"]);
  move("1.09");
  await stage.settled();
  await stage.hub.reconcile();
  await eventually("it is over", async () => (await stage.divergences())[0] === "STOPS gone");
});
