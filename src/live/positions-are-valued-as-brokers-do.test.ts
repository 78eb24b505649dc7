/** A master's positions are a fold over its signals, and worth what its broker says. */
import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { BrokerMarket } from "../gateway/market.ts";
import { signalOf } from "../testing/follower-builders.ts";
import { accountTerms, ROUND_QUOTES, testBroker } from "../testing/simulated-broker.ts";
import { afterSignal, type Standing, Valuer } from "./positions.ts";

const lots = parseFixed;

test.each(["USD", "EUR", "GBP", "JPY"])("to the cent, in an account in %s", (currency) => {
  const { broker, quotes } = testBroker();
  broker.openAccount(accountTerms("1", { currency, balance: lots("1000000") }));
  quotes(...ROUND_QUOTES);
  const market = new BrokerMarket();
  market.setSpecs(broker.symbols);
  const order = {
    kind: "open",
    positionId: null,
    stopLoss: null,
    takeProfit: null,
    magic: 0,
  } as const;
  for (const { symbol } of ROUND_QUOTES) {
    for (const side of ["buy", "sell"] as const) {
      broker.trade("1", { ...order, symbol, side, volume: lots("0.37"), comment: "" });
    }
  }
  quotes(
    ...ROUND_QUOTES.map((one) => ({ ...one, bid: one.bid + 12_000n, ask: one.ask + 13_000n })),
  );
  for (const { name } of broker.symbols) {
    const quote = broker.quote(name);
    if (quote !== null) market.setQuote(quote);
  }
  const { positions } = broker.snapshot("1");
  const valuer = new Valuer();
  expect(positions).toHaveLength(12);
  for (const { id, symbol, side, volume, openPrice, profit } of positions) {
    const standing = { id, symbol, side, volume, openPrice };
    expect(valuer.position(standing, market, currency).profit).toBe(profit);
  }
});

test("an open, an increase, a reduction and the close of a position", () => {
  const open = signalOf({ volume: lots("1"), after: lots("1"), price: lots("1.1") });
  const more = {
    kind: "increase",
    volume: lots("3"),
    after: lots("4"),
    price: lots("1.2"),
  } as const;
  const less = { kind: "reduce", volume: lots("2"), after: lots("2"), price: lots("1.3") } as const;
  const walk = (...signals: readonly ReturnType<typeof signalOf>[]): Standing | null =>
    signals.reduce<Standing | null>((one, signal) => afterSignal(one ?? undefined, signal), null);
  expect(walk(open)).toMatchObject({ volume: lots("1"), openPrice: lots("1.1") });
  const steps = [open, signalOf(more), signalOf(less)];
  expect(walk(...steps)).toMatchObject({ volume: lots("2"), openPrice: lots("1.175") });
  const protect = signalOf({ kind: "protect", volume: 0n, after: lots("2"), price: null });
  expect(walk(...steps, protect)).toMatchObject({ openPrice: lots("1.175") });
  expect(walk(...steps, signalOf({ kind: "close", after: 0n }))).toBeNull();
});
