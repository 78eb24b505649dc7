import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled } from "../testing/harness.ts";
import { openStage } from "../testing/stage.ts";

test("an account whose broker takes long to answer hides no other account's difference", async () => {
  const stage = await openStage();
  const world = createWorld({ followers: 2 });
  await stage.enrol(world);
  const hub = await stage.start(world, { reconcileMs: 300, turnMs: 100 });
  await settled(hub);
  world.trade({ stopLoss: parseFixed("1.05") });
  await settled(hub);
  const gateway = world.gateways.get(world.brokers.beta.brokerId);
  const [slow = "", other = ""] = world.followers.map(({ login }) => login);
  if (gateway === undefined) throw new RangeError("no gateway");
  const answer = gateway.snapshot.bind(gateway);
  const held: (() => void)[] = [];
  gateway.snapshot = async (account) => {
    if (account.login === slow) await new Promise<void>((resolve) => held.push(resolve));
    return answer(account);
  };
  await eventually("one broker's answer is awaited", () => held.length > 0);
  const [position] = world.brokers.beta.snapshot(other).positions;
  world.brokers.beta.trade(other, {
    ...{ kind: "protect", symbol: "EURUSD.b", side: "buy", volume: null },
    ...{ positionId: position?.id ?? "", stopLoss: parseFixed("1.01"), takeProfit: null },
    ...{ magic: 0, comment: "" },
  });
  await eventually("the other's difference is seen", () =>
    hub.reconciler.divergences.some(({ cause }) => cause === "STOPS"),
  );
  expect(held).toHaveLength(1);
  gateway.snapshot = answer;
  for (const release of held) release();
  await stage.close();
});
