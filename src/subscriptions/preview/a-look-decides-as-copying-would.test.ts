import { expect, test } from "vitest";
import { parseFixed } from "../../domain/fixed.ts";
import { parseRules } from "../../follower/rules.ts";
import { PLAIN_ACCOUNT } from "../../follower/state.ts";
import { BrokerMarket } from "../../gateway/market.ts";
import type { Signal } from "../../master/signal.ts";
import { figures, marketOf, NOW, signalOf } from "../../testing/follower-builders.ts";
import { type PreviewAccount, replay } from "./replay.ts";

const LOT = parseFixed("1");

function accountOf(equity = "5000"): PreviewAccount {
  const plain = marketOf();
  const market = new BrokerMarket();
  const [spec, quote] = [plain.spec("EURUSD"), plain.quote("EURUSD")];
  if (spec === undefined || quote === undefined) throw new Error("the market has no EURUSD");
  market.setSpecs([spec]);
  market.setQuote(quote);
  return {
    account: { tenantId: "tenant", accountId: "follower", brokerId: "broker", login: "1" },
    ...{ name: "Follower", currency: "USD", positionMode: "hedging", market, facts: PLAIN_ACCOUNT },
    figures: { ...figures(equity), asOf: NOW },
  };
}

const at = (sequence: number, change: Partial<Signal>): Signal =>
  signalOf({ id: `s${sequence}`, sequence, sourceKey: `d${sequence}`, ...change });

const HISTORY = [
  at(1, { kind: "open", price: parseFixed("1.10000"), volume: LOT, before: 0n, after: LOT }),
  at(2, {
    kind: "reduce",
    price: parseFixed("1.10100"),
    volume: LOT / 2n,
    before: LOT,
    after: LOT / 2n,
  }),
  at(3, {
    kind: "close",
    price: parseFixed("1.10200"),
    volume: LOT / 2n,
    before: LOT / 2n,
    after: 0n,
  }),
  at(4, { kind: "open", position: "p2", side: "sell", price: parseFixed("1.20000") }),
];

const look = (rules: object, signals = HISTORY, account = accountOf()) =>
  replay({
    ...{ strategyId: "strategy", account, signals, mapped: () => undefined },
    rules: parseRules(rules),
  });

test("opens, reductions and closes are sized one after the other, and earn what they would have", () => {
  const { lines, closedProfit, lotsMost, positionsMost } = look({});
  expect(lines.map(({ decision }) => decision.volume)).toEqual(
    ["0.5", "0.25", "0.25", "0.5"].map(parseFixed),
  );
  expect(lines.map(({ profit }) => profit)).toEqual([
    null,
    parseFixed("25"),
    parseFixed("50"),
    null,
  ]);
  expect([closedProfit, lotsMost, positionsMost]).toEqual([parseFixed("75"), LOT / 2n, 1]);
});

test("a reversed copy loses what the master gains", () => {
  // It sells at the bid, which is the master's price, and buys back at it.
  expect(look({ reverse: true }).closedProfit).toBe(parseFixed("-75"));
});

test("what the rules refuse is told with its reason, and so is what it leaves behind", () => {
  const { lines, closedProfit } = look({ sides: ["sell"] });
  expect(lines.map(({ decision }) => decision.reason)).toEqual([
    ...["SIDE_EXCLUDED", "NEVER_OPENED", "NEVER_OPENED", null],
  ]);
  expect(closedProfit).toBe(0n);
  const small = look({}, HISTORY, accountOf("1"));
  expect(small.lines[0]?.decision.reason).toBe("BELOW_MIN_VOLUME");
});

test("what stood open before the first signal is left out, and so are orders", () => {
  const order = at(5, { kind: "place", position: "order:1" });
  expect(look({}, [...HISTORY.slice(1), order]).lines.map(({ signal }) => signal.sequence)).toEqual(
    [4],
  );
});

test("a look changes nothing of the account", () => {
  const account = accountOf();
  const before = JSON.stringify(account.figures, (_, value) => String(value));
  look({}, HISTORY, account);
  expect(JSON.stringify(account.figures, (_, value) => String(value))).toBe(before);
});
