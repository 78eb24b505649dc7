import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isLockstepError } from "../../domain/errors.ts";
import {
  accountTerms,
  BROKER_ID,
  brokerSteps,
  fixed,
  HandClock,
  live,
  orderOf,
  pendingOf,
  QUICK_SWAPS,
  quoteOf,
  ROUND_QUOTES,
  type TestBroker,
  testBroker,
} from "../../testing/simulated-broker.ts";
import { SimulatedBroker } from "./broker.ts";
import { FileBrokerLog, parseBrokerLog } from "./broker-log.ts";
import { BASE_SYMBOLS, symbolsOf } from "./symbols.ts";

const ALWAYS = Number.MAX_SAFE_INTEGER;
const TAG = { key: "KEY000000000FILE", fence: 7, validUntil: null };

/** All that can be asked of a broker, at the last quotes of the bench. */
function everything(broker: SimulatedBroker) {
  return broker.logins.map((login) => ({
    terms: broker.terms(login),
    snapshot: broker.snapshot(login),
    deals: broker.deals(login, 0, ALWAYS),
  }));
}

function restored(bench: TestBroker): TestBroker {
  const { records, torn } = parseBrokerLog(Buffer.from(bench.log.text()));
  expect(torn).toBe(false);
  const next = testBroker({ history: records, swaps: QUICK_SWAPS });
  next.clock.at = bench.clock.at;
  for (const symbol of BASE_SYMBOLS) {
    const quote = bench.broker.quote(symbol);
    if (quote !== null) next.broker.applyQuotes([quote], quote.at);
  }
  return next;
}

test("a log restores what stood, and the two then live on alike", () => {
  fc.assert(
    fc.property(brokerSteps, brokerSteps, (before, after) => {
      const bench = testBroker({ swaps: QUICK_SWAPS });
      live(bench, before);
      const next = restored(bench);
      expect(everything(next.broker)).toEqual(everything(bench.broker));
      const start = bench.log.records.length;
      live(bench, after);
      live(next, after);
      expect(next.log.records).toEqual(bench.log.records.slice(start));
    }),
  );
});

test("the same life writes the same log, byte for byte", () => {
  fc.assert(
    fc.property(brokerSteps, (steps) => {
      const [one, other] = [testBroker(), testBroker()];
      live(one, steps);
      live(other, steps);
      expect(other.log.text()).toBe(one.log.text());
    }),
  );
});

test("a key, a fence and the numbers outlive the broker", () => {
  const bench = testBroker();
  bench.broker.openAccount(accountTerms("one"));
  bench.quotes(...ROUND_QUOTES);
  const outcome = bench.broker.trade("one", orderOf(), TAG);
  const { broker } = restored(bench);
  expect(broker.outcome("one", TAG.key)).toEqual(outcome);
  expect(broker.trade("one", orderOf(), TAG)).toEqual(outcome);
  const older = { ...TAG, key: "KEY0000000OLDER1", fence: 6 };
  expect(broker.trade("one", orderOf(), older).code).toBe("FENCED");
  expect(broker.trade("one", orderOf()).orderId).toBe("2");
});

test("a broker without quotes refuses to value what it holds, and to trade on it", () => {
  const bench = testBroker();
  bench.broker.openAccount(accountTerms("one"));
  bench.quotes(...ROUND_QUOTES);
  bench.broker.trade("one", orderOf());
  const { broker } = testBroker({ history: bench.log.records });
  const down = (() => {
    try {
      return broker.snapshot("one");
    } catch (error) {
      return error;
    }
  })();
  expect(isLockstepError(down, "GATEWAY_DOWN")).toBe(true);
  broker.applyQuotes([quoteOf("XAUUSD", "2000.000")], 1);
  const gold = orderOf({ symbol: "XAUUSD", volume: fixed("0.01") });
  expect(broker.trade("one", gold).code).toBe("PRICE_OFF");
});

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "broker-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fileBroker(path: string): SimulatedBroker {
  const log = new FileBrokerLog(path);
  const { records: history } = log.history;
  const symbols = symbolsOf(BASE_SYMBOLS);
  const clock = new HandClock();
  const broker = new SimulatedBroker({ brokerId: BROKER_ID, symbols, clock, log, history });
  broker.openAccount(accountTerms("one"));
  broker.applyQuotes(ROUND_QUOTES, clock.now());
  return broker;
}

test("what a file holds is there when the order is answered, without closing it", () => {
  const path = join(folder, "broker.jsonl");
  const outcome = fileBroker(path).trade("one", orderOf(), TAG);
  expect(fileBroker(path).outcome("one", TAG.key)).toEqual(outcome);
});

test("wherever a kill cuts the last step, the log opens and one order stands per key", () => {
  const path = join(folder, "broker.jsonl");
  fileBroker(path);
  const before = readFileSync(path).length;
  const outcome = fileBroker(path).trade("one", orderOf({ volume: fixed("2") }), TAG);
  const whole = readFileSync(path);
  for (let cut = before; cut <= whole.length; cut += 7) {
    const torn = join(folder, `cut-${cut}.jsonl`);
    appendFileSync(torn, whole.subarray(0, cut));
    const broker = fileBroker(torn);
    const known = broker.outcome("one", TAG.key);
    const { positions } = broker.snapshot("one");
    expect(known).toEqual(positions.length === 1 ? outcome : null);
    expect(broker.trade("one", orderOf({ volume: fixed("2") }), TAG)).toEqual(outcome);
    expect(broker.snapshot("one").positions).toHaveLength(1);
    expect(parseBrokerLog(readFileSync(torn)).torn).toBe(false);
  }
});

test("wherever a kill cuts the log, a pending order stands, has filled, or was never placed", () => {
  const bench = testBroker();
  bench.broker.openAccount(accountTerms("one"));
  bench.quotes(...ROUND_QUOTES);
  const before = Buffer.byteLength(bench.log.text());
  const outcome = bench.broker.trade("one", pendingOf("buy-stop", "1.10100"), TAG);
  bench.quotes(quoteOf("EURUSD", "1.10200"));
  const whole = Buffer.from(bench.log.text());
  for (let cut = before; cut <= whole.length; cut += 7) {
    const { records } = parseBrokerLog(whole.subarray(0, cut));
    const next = testBroker({ history: records });
    next.quotes(...ROUND_QUOTES);
    const { orders, positions } = next.broker.snapshot("one");
    const known = next.broker.outcome("one", TAG.key);
    expect(known).toEqual(orders.length + positions.length === 1 ? outcome : null);
    expect(next.broker.trade("one", pendingOf("buy-stop", "1.10100"), TAG)).toEqual(outcome);
    next.quotes(quoteOf("EURUSD", "1.10200"));
    expect(next.broker.snapshot("one")).toMatchObject({ orders: [], positions: [{ id: "1" }] });
  }
});

test("a whole line that is no record is refused by its number", () => {
  const lines = '{"type":"answer"}\n';
  const bench = testBroker();
  bench.broker.openAccount(accountTerms("one"));
  try {
    parseBrokerLog(Buffer.from(bench.log.text() + lines));
    expect.unreachable();
  } catch (error) {
    expect(isLockstepError(error, "BAD_MESSAGE") && error.context).toMatchObject({ line: 2 });
  }
});
