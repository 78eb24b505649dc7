import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { BrokerMarket } from "../gateway/market.ts";
import type { BookPosition } from "../master/book.ts";
import { copiedOf, NOW } from "../testing/follower-builders.ts";
import type { Divergence } from "./divergence.ts";
import { DEFAULT_POLICY, isTold, policySchema, realignsItself } from "./policy.ts";
import { type ProposalContext, propose } from "./proposal.ts";

const market = new BrokerMarket();
market.setSpecs([
  {
    name: "EURUSD",
    digits: 5,
    tickSize: parseFixed("0.00001"),
    contractSize: parseFixed("100000"),
    volumeMin: parseFixed("0.01"),
    volumeMax: parseFixed("100"),
    volumeStep: parseFixed("0.01"),
    baseCurrency: "EUR",
    profitCurrency: "USD",
    stopLevelPoints: 0,
    freezeLevelPoints: 0,
    tradeMode: "full",
  },
]);
market.setQuote({ symbol: "EURUSD", bid: parseFixed("1.1"), ask: parseFixed("1.1002"), at: NOW });

const MASTER: BookPosition = {
  ...{ symbol: "EURUSD", side: "buy", volume: parseFixed("1"), stopLoss: null, takeProfit: null },
  ...{ magic: 0, comment: "", sequence: 1 },
};

const divergence = (change: Partial<Divergence> = {}): Divergence => ({
  ...{ id: "d", tenantId: "t", accountId: "a", subscriptionId: "s", position: "p1" },
  ...{ symbol: "EURUSD", cause: "REJECTED", side: "buy", openedAt: NOW },
  expected: parseFixed("0.5"),
  actual: 0n,
  masterPrice: parseFixed("1.0950"),
  ...change,
});

const way = (change: Partial<Divergence>, context: Partial<ProposalContext> = {}) =>
  propose(divergence(change), {
    ...{
      copied: null,
      master: MASTER,
      market,
      currency: "USD",
      positionMode: "hedging",
      brought: 0n,
      wanted: null,
    },
    decideAgain: () => null,
    ...context,
  });

test("what is missing is opened at the market, with its worth and what coming late costs", () => {
  const found = way({});
  expect(found).toMatchObject({
    possible: true,
    orders: [{ kind: "open", side: "buy", volume: parseFixed("0.5"), symbol: "EURUSD" }],
    value: parseFixed("55005"),
    cost: parseFixed("260"),
    currency: "USD",
  });
});

test("a sell costs what the bid is under the master's price", () => {
  const found = way({ side: "sell", masterPrice: parseFixed("1.1010") });
  expect(found.cost).toBe(parseFixed("50"));
});

test("in a currency without a rate the worth is unknown, and not zero", () => {
  expect(way({}, { currency: "CHF" })).toMatchObject({ value: null, cost: null, possible: true });
});

test("nothing is opened that the master no longer holds", () => {
  for (const cause of ["REJECTED", "MISSED", "LATE", "VANISHED", "CLOSED_BY_HAND"] as const) {
    expect(way({ cause }, { master: null })).toMatchObject({ possible: false });
  }
});

test("what was never sized is decided again, and the rules' refusal is the answer", () => {
  const refuses = () => ({ reason: "PRICE_MOVED", plans: [] }) as never;
  expect(way({ cause: "MISSED" }, { decideAgain: refuses })).toMatchObject({
    possible: false,
    why: expect.stringContaining("The price has moved further"),
  });
  const plan = { symbol: "EURUSD", side: "buy", volume: parseFixed("0.2") };
  const opens = () =>
    ({ reason: null, plans: [{ ...plan, stopLoss: null, takeProfit: null }] }) as never;
  expect(way({ cause: "LATE" }, { decideAgain: opens })).toMatchObject({
    possible: true,
    orders: [{ kind: "open", volume: parseFixed("0.2") }],
  });
});

test("what was never sized and cannot be now is worth nobody knows what, and not nothing", () => {
  const refuses = () => ({ reason: "ACCOUNT_OFFLINE", plans: [] }) as never;
  const missed = { cause: "MISSED", expected: 0n } as const;
  expect(way(missed, { decideAgain: refuses })).toMatchObject({ value: null, cost: null });
});

test("an orphan is closed whole, and on a netting account left to a person", () => {
  const orphan = {
    cause: "ORPHAN",
    positionId: "77",
    expected: 0n,
    actual: parseFixed("0.3"),
  } as const;
  expect(way(orphan)).toMatchObject({
    orders: [{ kind: "close", positionId: "77", volume: parseFixed("0.3") }],
    cost: parseFixed("3"),
  });
  expect(way(orphan, { positionMode: "netting" })).toMatchObject({ possible: false });
});

test("an order with our key that mirrors nothing is cancelled, whatever the account nets", () => {
  const stray = { cause: "ORPHAN", position: "order:77", positionId: null } as const;
  for (const positionMode of ["hedging", "netting"] as const) {
    expect(way(stray, { positionMode })).toMatchObject({
      orders: [{ kind: "cancel", orderId: "77", volume: null }],
    });
  }
});

test("stops are set again on every holding; a stop that the market has passed is not sent", () => {
  const stops = { stopLoss: parseFixed("1.09"), takeProfit: parseFixed("1.12") };
  const copied = { ...copiedOf(["1", "0.5"]), ...stops };
  const found = way({ cause: "STOPS" }, { copied });
  expect(found).toMatchObject({
    orders: [
      { kind: "protect", positionId: "h1", ...stops },
      { kind: "protect", positionId: "h2", ...stops },
    ],
  });
  const passed = { ...copied, stopLoss: parseFixed("1.15") };
  expect(way({}, { copied: passed })).toMatchObject({ orders: [{ stopLoss: null }] });
});

test("what earlier ways back have brought is not brought again", () => {
  const brought = parseFixed("0.2");
  expect(way({}, { brought })).toMatchObject({ orders: [{ volume: parseFixed("0.3") }] });
  expect(way({}, { brought: parseFixed("0.5") })).toMatchObject({ possible: false });
  const plan = (volume: string) => ({ symbol: "EURUSD", side: "buy", volume: parseFixed(volume) });
  const opens = () => ({ reason: null, plans: [plan("0.15"), plan("0.15")] }) as never;
  expect(way({ cause: "MISSED" }, { brought, decideAgain: opens })).toMatchObject({
    orders: [{ volume: parseFixed("0.1") }],
  });
  const orphan = { cause: "ORPHAN", positionId: "7", expected: 0n, actual: brought } as const;
  expect(way(orphan, { brought })).toMatchObject({ possible: false });
});

test("what was found in a net of several copies is left to a person", () => {
  for (const cause of ["VANISHED", "VOLUME"] as const) {
    expect(way({ cause }, { positionMode: "netting" })).toMatchObject({ possible: false });
  }
  expect(way({}, { positionMode: "netting" })).toMatchObject({ possible: true });
});

test("stops that the broker refused are asked for again, and not those from before them", () => {
  const wanted = { stopLoss: parseFixed("1.08"), takeProfit: null };
  const copied = { ...copiedOf(["1"]), stopLoss: parseFixed("1.05"), takeProfit: null };
  expect(way({ cause: "STOPS" }, { copied, wanted })).toMatchObject({
    orders: [{ kind: "protect", ...wanted }],
  });
});

test("the digest is of the orders: it holds while they do and changes with them", () => {
  const digest = (volume: string) => {
    const found = way({ expected: parseFixed(volume) });
    return found.possible ? found.digest : "";
  };
  expect(digest("0.5")).toBe(digest("0.5"));
  expect(digest("0.5")).not.toBe(digest("0.6"));
});

const auto = policySchema.parse({
  action: "realign",
  graceMs: 1_000,
  volumeMax: "1",
  costMax: "300",
});
const itself = (change: Partial<Divergence> = {}, policy = auto, after = 1_000) =>
  realignsItself(policy, divergence(change), { proposal: way(change), now: NOW + after });

test("by itself only what the policy says, after its grace and within its limits", () => {
  expect(itself()).toBe(true);
  expect(itself({}, DEFAULT_POLICY)).toBe(false);
  expect(itself({}, { ...auto, action: "never" })).toBe(false);
  expect(itself({}, auto, 999)).toBe(false);
  expect(itself({ expected: parseFixed("1.01") })).toBe(false);
  expect(itself({ masterPrice: parseFixed("1.0900") })).toBe(false);
  expect(itself({ ignoredUntil: NOW + 5_000 })).toBe(false);
  expect(itself({ symbol: "XXX" })).toBe(false);
});

test("people are told once the grace is over, and never where the policy says so", () => {
  const told = (policy = auto, after = 1_000, ignoredUntil: number | null = null) =>
    isTold(policy, { openedAt: NOW, ignoredUntil }, NOW + after);
  expect(told()).toBe(true);
  expect(told(auto, 999)).toBe(false);
  expect(told({ ...auto, action: "never" })).toBe(false);
  expect(told(auto, 1_000, NOW + 1_001)).toBe(false);
});

test("what a person closed by hand never comes back by itself", () => {
  const all = policySchema.parse({ action: "realign", graceMs: 0, causes: ["CLOSED_BY_HAND"] });
  expect(itself({ cause: "CLOSED_BY_HAND" }, all)).toBe(false);
});

test("a policy that cannot be read is refused with its field", () => {
  for (const bad of [{ action: "maybe" }, { graceMs: -1 }, { volumeMax: "1e9" }, { more: 1 }]) {
    expect(policySchema.safeParse(bad).success).toBe(false);
  }
});
