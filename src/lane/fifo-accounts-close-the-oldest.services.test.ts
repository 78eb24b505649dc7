/** A broker that lets no position be closed before an older one of the same size (10045). */
import { afterEach, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Instruction } from "../domain/instruction.ts";
import { CALM, type Fates } from "../gateway/simulator/faults.ts";
import { realign } from "../hub/realigner.ts";
import { MirrorStage } from "../testing/mirror-stage.ts";

let stage: MirrorStage;

afterEach(() => stage.close());

const positions = () => stage.world.brokers.beta.snapshot(stage.login).positions;

function isOldest({ positionId }: Instruction): boolean {
  const mine = positions().find(({ id }) => id === positionId);
  const same = positions().filter(
    ({ volume, side }) => volume === mine?.volume && side === mine.side,
  );
  return same.every(({ id }) => Number(id) >= Number(positionId));
}

const fifo: Fates = (instruction) =>
  instruction.kind === "close" && !isOldest(instruction) ? { ...CALM, rejectWith: 10045 } : CALM;

test("a younger copy closes by the oldest position of its size, and the other keeps its stops", async () => {
  stage = await MirrorStage.open();
  await stage.start({ simulator: { fates: fifo } });
  const open = async (stopLoss: string): Promise<string> => {
    const { positionId } = stage.world.trade({ stopLoss: parseFixed(stopLoss) });
    await stage.settled();
    return positionId ?? "";
  };
  const close = async (positionId: string): Promise<void> => {
    stage.world.trade({ kind: "close", positionId, volume: parseFixed("1") });
    await stage.settled();
  };
  const first = await open("1.05");
  const second = await open("1.06");
  const [oldest, younger] = positions().map(({ id }) => id);
  await close(second);
  const left = positions().map(({ id, stopLoss }) => `${id} ${formatFixed(stopLoss ?? 0n)}`);
  expect(left).toEqual([`${younger} 1.05`]);
  expect(oldest).not.toBe(younger);
  expect((await stage.instructed()).slice(2)).toEqual([
    "signal close rejected FIFO_BLOCKED",
    "signal close done",
    "realign protect done",
  ]);
  await stage.hub.reconcile();
  expect(await stage.divergences()).toEqual([]);
  await close(first);
  expect(positions()).toEqual([]);
  await stage.clean();
});

test("behind the user's own older position a close ends as told, and comes back once that is gone", async () => {
  stage = await MirrorStage.open();
  await stage.start({ simulator: { fates: fifo } });
  stage.byHand({ volume: parseFixed("1") });
  stage.world.trade({ volume: parseFixed("1") });
  await stage.settled();
  const [own] = positions().map(({ id }) => id);
  await stage.closeMaster("1");
  expect((await stage.instructed()).slice(1)).toEqual(["signal close rejected FIFO_BLOCKED"]);
  expect(await stage.divergences()).toEqual(["REJECTED FIFO_BLOCKED open"]);
  expect(positions().length).toBe(2);
  await stage.restart();
  expect((await stage.instructed()).length).toBe(2);
  const [divergence] = stage.hub.reconciler.divergences;
  stage.byHand({ kind: "close", positionId: own ?? "", volume: parseFixed("1") });
  await stage.settled();
  expect(await realign(stage.hub, divergence?.id ?? "")).toMatchObject({ done: true });
  await stage.settled();
  expect(positions()).toEqual([]);
  expect(await stage.divergences()).toEqual(["REJECTED FIFO_BLOCKED realigned"]);
});

test("a part of a younger copy is told as blocked, and goes with the rest at the master's close", async () => {
  stage = await MirrorStage.open();
  await stage.start({ simulator: { fates: fifo } });
  const own = stage.byHand({ volume: parseFixed("1") });
  stage.world.trade({ volume: parseFixed("1") });
  await stage.settled();
  await stage.closeMaster("0.4");
  expect(await stage.divergences()).toEqual(["REJECTED FIFO_BLOCKED open"]);
  const [mine] = positions().filter(({ key }) => key === null);
  expect(own).not.toBeNull();
  stage.byHand({ kind: "close", positionId: mine?.id ?? "", volume: parseFixed("1") });
  await stage.closeMaster("0.6");
  expect(positions()).toEqual([]);
  expect(await stage.divergences()).toEqual(["REJECTED FIFO_BLOCKED gone"]);
});
