/** A follower's own pending order, from the master's until nothing of it is left. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { eventually } from "../testing/eventually.ts";
import { MirrorStage } from "../testing/mirror-stage.ts";
import { footings } from "../testing/redis.ts";

let stage: MirrorStage;

afterEach(() => stage.close());

const other = footings().includes("redis") ? "redis" : "postgres";
const KINDS = [
  { masterMode: "hedging", positionMode: "hedging", footing: "postgres" },
  { masterMode: "hedging", positionMode: "netting", footing: other },
  { masterMode: "netting", positionMode: "hedging", footing: other },
  { masterMode: "netting", positionMode: "netting", footing: "postgres" },
] as const;

describe.each(KINDS)("$masterMode master, $positionMode follower, on $footing", (kind) => {
  beforeEach(async () => {
    stage = await MirrorStage.open(kind.footing);
    await stage.start(kind, { pendingGraceMs: 60_000 });
  });

  test("placed, changed and cancelled; fired first and followed; fired second and replaced", async () => {
    const first = await stage.place("buy-limit", "1.09", { stopLoss: parseFixed("1.08") });
    expect(stage.held()).toEqual(["buy-limit 1 at 1.09"]);
    await stage.change(first, "buy-limit", "1.085");
    expect(stage.held()).toEqual(["buy-limit 1 at 1.085"]);
    await stage.cancel(first);
    expect(stage.held()).toEqual([]);

    await stage.place("sell-stop", "1.095");
    await stage.quote("beta", "1.0949", "1.095");
    expect(stage.held()).toEqual(["sell 1"]);
    await stage.quote("alpha", "1.0949", "1.095");
    expect(stage.held()).toEqual(["sell 1"]);
    await stage.closeMaster("0.4");
    expect(stage.held()).toEqual(["sell 0.6"]);
    await stage.closeMaster("0.6");
    expect(stage.held()).toEqual([]);

    await stage.place("buy-limit", "1.093");
    await stage.quote("alpha", "1.0929", "1.093");
    expect(stage.held()).toEqual(["buy 1"]);
    await stage.quote("beta", "1.0929", "1.093");
    expect(stage.held()).toEqual(["buy 1"]);

    expect(await stage.told()).toEqual([
      ...["place copy", "change copy", "cancel copy"],
      ...["place copy", "open skip MIRRORED", "reduce copy", "close copy"],
      ...["place copy", "open copy"],
    ]);
    expect((await stage.instructed()).slice(-3)).toEqual([
      "signal place done",
      "mirror cancel done",
      "signal open done",
    ]);
    expect(await stage.divergences()).toEqual([]);
    await stage.clean();
  });
});

describe.each(["hedging", "netting"] as const)("a %s follower", (positionMode) => {
  const start = async (rules: object = {}, more: object = {}): Promise<void> => {
    stage = await MirrorStage.open();
    await stage.start({ positionMode, ...more }, rules);
  };

  test("what fires alone is closed after the grace with its cost, and opened when the master's does", async () => {
    await start({ pendingGraceMs: 50 });
    await stage.place("buy-stop", "1.105");
    await stage.quote("beta", "1.105", "1.1052");
    await eventually("what filled alone is closed", () => stage.held().length === 0);
    await stage.settled();
    expect(await stage.divergences()).toEqual(["EARLY_FILL gone 20"]);
    await stage.quote("alpha", "1.105", "1.1052");
    expect(stage.held()).toEqual(["buy 1"]);
    expect(await stage.told()).toEqual(["place copy", "open copy"]);
    await stage.clean();
  });

  test("what fires alone is closed as soon as the master's order is cancelled", async () => {
    await start();
    const id = await stage.place("buy-stop", "1.105");
    await stage.quote("beta", "1.105", "1.1052");
    expect(stage.held()).toEqual(["buy 1"]);
    await stage.cancel(id);
    expect(stage.held()).toEqual([]);
    expect(await stage.told()).toEqual(["place copy", "cancel copy"]);
    expect(await stage.divergences()).toEqual(["EARLY_FILL gone 20"]);
    await stage.clean();
  });

  test("an order that the follower takes away is not opened when the master's fills", async () => {
    await start();
    await stage.place("buy-limit", "1.098");
    stage.byHand({ kind: "cancel", orderId: stage.orderId });
    await stage.settled();
    expect(await stage.divergences()).toEqual(["CLOSED_BY_HAND open"]);
    await stage.quote("alpha", "1.0979", "1.098");
    expect(stage.held()).toEqual([]);
    expect(await stage.told()).toEqual(["place copy", "open skip DETACHED"]);
    expect(await stage.divergences()).toEqual(["CLOSED_BY_HAND gone"]);
  });

  test("what fired while nobody looked is found, once, and taken over", async () => {
    await start();
    await stage.place("buy-limit", "1.098");
    await stage.restart(() => {
      stage.quoteUnheard("beta", "1.0979", "1.098");
      stage.quoteUnheard("alpha", "1.0979", "1.098");
    });
    await eventually("the fill is decided", async () => (await stage.told()).length === 2);
    await stage.settled();
    expect(stage.held()).toEqual(["buy 1"]);
    expect(await stage.told()).toEqual(["place copy", "open skip MIRRORED"]);
    await stage.restart();
    await stage.closeMaster("1");
    expect(stage.held()).toEqual([]);
    expect(await stage.divergences()).toEqual([]);
    await stage.clean();
  });
});
