/** Deposits and withdrawals reach the ledger once, and no limit takes them for a result. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Fixed, formatFixed, parseFixed } from "../domain/fixed.ts";
import type { GatewayEvent } from "../gateway/gateway.ts";
import type { SimulatorGateway } from "../gateway/simulator/gateway.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, type World } from "../testing/harness.ts";
import { killed, openStage, type Stage } from "../testing/stage.ts";
import { through } from "../testing/through.ts";
import type { Hub } from "./hub.ts";

const FOLLOWER = "follower-00001";
let stage: Stage;
let world: World;
let hub: Hub;

beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 1 });
  const daily = { measure: "equity-from-equity", period: "lifetime", absolute: "500" };
  await stage.enrol(world, {
    limits: [{ ...daily, action: "close-only" }],
    guards: { maxDeviationPoints: null },
  });
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

const pay = (kind: "deposit" | "withdrawal" | "fee" | "credit", amount: string) =>
  world.brokers.beta.pay(FOLLOWER, { kind, amount: parseFixed(amount) });
const barred = () => [...hub.followers.subscriptions.values()].map((one) => one.barred ?? null);
const payments = () => stage.database.admin<{ kind: string; amount: string }[]>`
  select kind, amount::text as amount from cash_movements order by at, movement_id`;
const paidIn = (): Fixed | null => {
  const account = [...hub.accounts.values()].find(({ name }) => name === FOLLOWER);
  const { figures = null } = account ?? {};
  if (account === undefined || figures === null) return null;
  return hub.cash.paidIn(account, figures.balance, hub.deps.clock.now());
};
const measured = (sum: string) =>
  eventually(`measured with ${sum}`, () => paidIn() === parseFixed(sum));
/** The limit's own word, once it has been written. */
const lost = async (): Promise<string | undefined> => {
  const rows = await stage.database.admin<
    { at: string; state: { last: { equity: string }; reference: { start: { equity: string } } } }[]
  >`
    select state from guard_states`;
  const state = rows[0]?.state;
  if (state === undefined) return undefined;
  return formatFixed(parseFixed(state.reference.start.equity) - parseFixed(state.last.equity));
};

test("a withdrawal is no loss, a deposit hides none, and a fee is one", async () => {
  hub = await stage.start(world);
  await measured("0");
  pay("withdrawal", "-5000");
  await measured("-5000");
  pay("deposit", "3000");
  pay("credit", "100");
  await measured("-2000");
  await settled(hub);
  expect(barred()).toEqual([null]);
  pay("fee", "-501");
  await eventually("barred", () => barred()[0] === "RISK_LIMIT");
  const rows = await payments();
  expect(rows.map(({ kind }) => kind)).toEqual(["withdrawal", "deposit", "credit", "fee"]);
});

test("a loss counts as before where money was paid in meanwhile", async () => {
  hub = await stage.start(world);
  await measured("0");
  world.trade({});
  await settled(hub);
  pay("deposit", "50000");
  await measured("50000");
  world.quote("EURUSD", "1.09700", "1.09710");
  await settled(hub);
  expect(barred()).toEqual([null]);
  world.quote("EURUSD", "1.09400", "1.09410");
  await eventually("barred", () => barred()[0] === "RISK_LIMIT");
});

test("what was paid while the hub was away, or its link, is found before anything is measured", async () => {
  hub = await stage.start(world);
  await measured("0");
  await eventually("written", async () => (await lost()) === "0");
  pay("withdrawal", "-1000");
  await measured("-1000");
  await killed(hub);
  pay("withdrawal", "-7000");
  hub = await stage.start(world);
  await measured("-8000");
  const gateway = world.gateways.get(world.brokers.beta.brokerId) as SimulatorGateway;
  const found = [...hub.accounts.values()].find(({ name }) => name === FOLLOWER);
  if (found === undefined) throw new Error("no account");
  const { account } = found;
  gateway.setLink(account, false);
  pay("withdrawal", "-9000");
  gateway.setLink(account, true);
  await measured("-17000");
  await settled(hub);
  expect(barred()).toEqual([null]);
  expect(await payments()).toHaveLength(3);
});

test("figures that come before the payment in them wait for it", async () => {
  const held: GatewayEvent[] = [];
  let isHolding = false;
  let sink: (event: GatewayEvent) => void = () => {};
  const gateways = new Map(
    [...world.gateways].map(([id, inner]) => {
      const outer = through(inner, {
        hears(event) {
          const isPayment = event.type === "event" && event.event.type === "cash";
          if (isPayment && isHolding) held.push(event);
          return !(isPayment && isHolding);
        },
      });
      const { start } = outer;
      return [
        id,
        {
          ...outer,
          start: (listener: (event: GatewayEvent) => void, signal: AbortSignal) => {
            if (id === world.brokers.beta.brokerId) sink = listener;
            return start(listener, signal);
          },
        },
      ] as const;
    }),
  );
  hub = await stage.start(world, { gateways });
  await measured("0");
  isHolding = true;
  pay("withdrawal", "-6000");
  await settled(hub);
  expect(paidIn()).toBeNull();
  for (const event of held) sink(event);
  await measured("-6000");
  expect(barred()).toEqual([null]);
});
