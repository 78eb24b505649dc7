/**
 * A master that closes two opposite positions by each other. Only a hedging account holds two; on a
 * netting master the same hand is one order against its one position.
 */
import { afterEach, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { MirrorStage } from "../testing/mirror-stage.ts";

let stage: MirrorStage;

afterEach(() => stage.close());

const lots = parseFixed;

async function open(side: "buy" | "sell", volume: string): Promise<string> {
  const { positionId } = stage.world.trade({ side, volume: lots(volume) });
  await stage.settled();
  return positionId ?? "";
}

test.each([
  { positionMode: "hedging", opened: ["buy 1", "sell 0.4"], left: ["buy 0.6"] },
  { positionMode: "netting", opened: ["buy 0.6"], left: ["buy 0.6"] },
] as const)(
  "a hedging master and a $positionMode follower",
  async ({ positionMode, opened, left }) => {
    stage = await MirrorStage.open();
    await stage.start({ positionMode });
    const first = await open("buy", "1");
    const second = await open("sell", "0.4");
    expect(stage.held()).toEqual(opened);
    const pair = { positionId: first, byPositionId: second };
    expect(stage.world.brokers.alpha.closeBy("master", pair).status).toBe("done");
    await stage.settled();
    expect(stage.held()).toEqual(left);
    expect(await stage.told()).toEqual(["open copy", "open copy", "reduce copy", "close copy"]);
    // The same size on both sides: nothing is left on either.
    const third = await open("sell", "0.6");
    stage.world.brokers.alpha.closeBy("master", { positionId: first, byPositionId: third });
    await stage.settled();
    expect(stage.held()).toEqual([]);
    expect(await stage.divergences()).toEqual([]);
    await stage.clean();
  },
);

test.each(["hedging", "netting"] as const)(
  "a netting master and a %s follower",
  async (positionMode) => {
    stage = await MirrorStage.open();
    await stage.start({ positionMode, masterMode: "netting" });
    await open("buy", "1");
    await open("sell", "0.4");
    expect(stage.held()).toEqual(["buy 0.6"]);
    await open("sell", "0.6");
    expect(stage.held()).toEqual([]);
    expect(await stage.told()).toEqual(["open copy", "reduce copy", "close copy"]);
    await stage.clean();
  },
);
