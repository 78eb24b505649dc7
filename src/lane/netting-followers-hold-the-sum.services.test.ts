import { afterEach, beforeEach, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Hub } from "../hub/hub.ts";
import { audit } from "../testing/audit.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";

const LOGIN = "follower-00001";
const lots = parseFixed;

let stage: Stage;
let world: World;
let hub: Hub;

beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 1, positionMode: "netting" });
  await stage.enrol(world);
  hub = await stage.start(world);
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

const net = (): string =>
  world.brokers.beta
    .snapshot(LOGIN)
    .positions.map(({ side, volume }) => `${side} ${formatFixed(volume)}`)
    .join(", ");
const copies = () =>
  [...hub.followers.subscriptions.values()]
    .flatMap((one) => [...one.copied.values()])
    .map((one) => `${one.state} ${one.holdings.map((h) => formatFixed(h.volume)).join("+")}`);

async function open(side: "buy" | "sell", volume: string): Promise<string> {
  const { positionId } = world.trade({ side, volume: lots(volume) });
  await settled(hub);
  return positionId ?? "";
}

async function close(positionId: string, side: "buy" | "sell", volume: string): Promise<void> {
  world.trade({ kind: "close", side, positionId, volume: lots(volume) });
  await settled(hub);
}

async function byHand(side: "buy" | "sell", volume: string): Promise<void> {
  const [position] = world.brokers.beta.snapshot(LOGIN).positions;
  const order = { symbol: "EURUSD.b", volume: lots(volume), stopLoss: null, takeProfit: null };
  const hand = { magic: 0, comment: "", side };
  if (position === undefined || position.side === side) {
    world.brokers.beta.trade(LOGIN, { ...order, ...hand, kind: "open", positionId: null });
  } else {
    const positionId = position.id;
    const closing = { ...order, ...hand, side: position.side, positionId };
    world.brokers.beta.trade(LOGIN, { ...closing, kind: "close" });
  }
  await settled(hub);
}

const audited = () => audit(stage.database.admin, world, world.records());

test("copies of one side add up, and each is closed by its own volume", async () => {
  const a = await open("buy", "1");
  const b = await open("buy", "0.5");
  expect(net()).toBe("buy 1.5");
  await close(a, "buy", "0.4");
  expect(net()).toBe("buy 1.1");
  await close(a, "buy", "0.6");
  expect(net()).toBe("buy 0.5");
  await close(b, "buy", "0.5");
  expect(net()).toBe("");
  expect(await audited()).toEqual([]);
});

test("copies of both sides send only the net, whichever is closed first", async () => {
  const a = await open("buy", "1");
  const b = await open("sell", "1.5");
  expect(net()).toBe("sell 0.5");
  const c = await open("sell", "0.3");
  expect(net()).toBe("sell 0.8");
  await close(b, "sell", "1.5");
  expect(net()).toBe("buy 0.7");
  await close(c, "sell", "0.3");
  expect(net()).toBe("buy 1");
  await close(a, "buy", "1");
  expect(net()).toBe("");
  expect(await audited()).toEqual([]);
});

test("copies that cancel out to nothing are closed all the same", async () => {
  const a = await open("buy", "1");
  const b = await open("sell", "1");
  expect(net()).toBe("");
  await close(b, "sell", "1");
  expect(net()).toBe("buy 1");
  await close(a, "buy", "1");
  expect(net()).toBe("");
  expect(await audited()).toEqual([]);
});

test("what was added by hand is the user's own: it goes first, and then ours in proportion", async () => {
  await open("buy", "1");
  await open("buy", "0.5");
  await byHand("buy", "0.3");
  await byHand("sell", "0.6");
  expect(net()).toBe("buy 1.2");
  expect(copies()).toEqual(["open 0.8", "open 0.4"]);
  expect(await audited()).toEqual([]);
});

test("a hand that flattens the account ends every copy of the symbol", async () => {
  const a = await open("buy", "1");
  await open("buy", "0.5");
  await byHand("sell", "1.5");
  expect(copies()).toEqual(["detached ", "detached "]);
  await close(a, "buy", "1");
  expect(net()).toBe("");
  expect(await audited()).toEqual([]);
});
