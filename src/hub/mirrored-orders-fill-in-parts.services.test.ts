/** Orders that fill in parts, the master's or the follower's own, under `mirror`. */
import { afterEach, describe, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { MirrorStage } from "../testing/mirror-stage.ts";

let stage: MirrorStage;

afterEach(() => stage.close());

describe.each(["hedging", "netting"] as const)("a %s follower", (positionMode) => {
  const start = async (rules: object = {}, more: object = {}): Promise<void> => {
    stage = await MirrorStage.open();
    await stage.start({ positionMode, ...more }, rules);
  };

  test("the master's order fills in parts: the follower holds one copy, and gives back what never fills", async () => {
    const partOf = (login: string) => (login === "master" ? parseFixed("0.4") : null);
    await start({}, { partOf, masterMode: positionMode });
    const id = await stage.place("sell-stop", "1.095");
    await stage.quote("beta", "1.0949", "1.095");
    await stage.quote("alpha", "1.0949", "1.095");
    expect(stage.held()).toEqual(["sell 1"]);
    await stage.quote("alpha", "1.0948", "1.0949");
    expect(stage.held()).toEqual(["sell 1"]);
    await stage.cancel(id);
    expect(stage.held()).toEqual(["sell 0.8"]);
    await stage.closeMaster("0.8");
    expect(stage.held()).toEqual([]);
    const fills = ["open skip MIRRORED", "increase skip MIRRORED"];
    expect(await stage.told()).toEqual(["place copy", ...fills, "cancel copy", "close copy"]);
    await stage.clean();
  });

  test("the master's fills in parts first: the follower's is cancelled, and each part is opened at market", async () => {
    const partOf = (login: string) => (login === "master" ? parseFixed("0.4") : null);
    await start({}, { partOf, masterMode: positionMode });
    const id = await stage.place("sell-stop", "1.095");
    await stage.quote("alpha", "1.0949", "1.095");
    await stage.quote("alpha", "1.0948", "1.0949");
    await stage.cancel(id);
    const volumes = stage.held().map((one) => Number(one.split(" ")[1]));
    expect(volumes.reduce((sum, one) => sum + one, 0)).toBeCloseTo(0.8);
    await stage.closeMaster("0.8");
    expect(stage.held()).toEqual([]);
    await stage.clean();
  });

  test("the follower's fills in part: what it has is taken over, the rest is cancelled and told", async () => {
    const partOf = (login: string) => (login === "master" ? null : parseFixed("0.3"));
    await start({}, { partOf });
    await stage.place("sell-stop", "1.095");
    await stage.quote("beta", "1.0949", "1.095");
    expect(stage.held()).toEqual(["sell-stop 0.7 at 1.095", "sell 0.3"]);
    await stage.quote("alpha", "1.0949", "1.095");
    expect(stage.held()).toEqual(["sell 0.3"]);
    expect(await stage.told()).toEqual(["place copy", "open skip MIRRORED"]);
    expect(await stage.divergences()).toEqual(["PARTIAL open"]);
    await stage.closeMaster("1");
    expect(stage.held()).toEqual([]);
    expect(await stage.divergences()).toEqual(["PARTIAL gone"]);
    await stage.clean();
  });
});
