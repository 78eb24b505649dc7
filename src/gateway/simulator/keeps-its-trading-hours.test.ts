import { expect, test } from "vitest";
import {
  accountTerms,
  fixed,
  orderOf,
  quoteOf,
  ROUND_QUOTES,
  testBroker,
} from "../../testing/simulated-broker.ts";
import { BASE_SYMBOLS, DEFAULT_VARIANT, symbolsOf } from "./symbols.ts";

const HOUR = 3_600_000;
/** Every day from eight to ten. */
const day = [{ fromMs: 8 * HOUR, toMs: 10 * HOUR }];
const sessions = { aheadMs: 0, days: [day, day, day, day, day, day, day] };
const MIDNIGHT = Date.UTC(2026, 0, 5);

function world() {
  const bench = testBroker({ symbols: symbolsOf(BASE_SYMBOLS, { ...DEFAULT_VARIANT, sessions }) });
  bench.clock.at = MIDNIGHT + 9 * HOUR;
  bench.quotes(...ROUND_QUOTES);
  bench.broker.openAccount(accountTerms("1"));
  return bench;
}

test("outside its hours nothing is executed, neither orders nor stops", () => {
  const { broker, clock, quotes } = world();
  const opened = broker.trade("1", orderOf({ volume: fixed("0.1"), stopLoss: fixed("1.09") }));
  expect(opened.status).toBe("done");
  clock.at = MIDNIGHT + 10 * HOUR;
  const { positionId } = opened;
  const close = orderOf({ kind: "close", positionId, volume: null });
  expect(broker.trade("1", close)).toMatchObject({ status: "rejected", code: "MARKET_CLOSED" });
  expect(broker.trade("1", orderOf())).toMatchObject({ code: "MARKET_CLOSED" });
  quotes(quoteOf("EURUSD", "1.08000", "1.08010"));
  expect(broker.snapshot("1").positions).toHaveLength(1);
});

test("once they begin again, what was touched meanwhile is executed at the next quote", () => {
  const { broker, clock, quotes } = world();
  broker.trade("1", orderOf({ volume: fixed("0.1"), stopLoss: fixed("1.09") }));
  clock.at = MIDNIGHT + 32 * HOUR;
  quotes(quoteOf("EURUSD", "1.08000", "1.08010"));
  expect(broker.snapshot("1").positions).toHaveLength(0);
  expect(broker.trade("1", orderOf({ volume: fixed("0.1") })).status).toBe("done");
});

test("a hand that closes the market closes it within its hours too", () => {
  const { broker } = world();
  broker.setSession("EURUSD", false);
  expect(broker.trade("1", orderOf())).toMatchObject({ code: "MARKET_CLOSED" });
  broker.setSession("EURUSD", true);
  expect(broker.trade("1", orderOf({ volume: fixed("0.1") })).status).toBe("done");
});
