import { expect, test } from "vitest";
import { LockstepError } from "../domain/errors.ts";
import type { Decision } from "../follower/decision.ts";
import type { AccountState } from "../follower/state.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { BrokerMarket } from "../gateway/market.ts";
import { BASE_SYMBOLS, symbolsOf } from "../gateway/simulator/symbols.ts";
import { Activity } from "../platform/activity.ts";
import { accountRef } from "../testing/simulated-broker.ts";
import { missedSymbol, SymbolLearner } from "./learner.ts";

const first = symbolsOf(BASE_SYMBOLS)[0];
if (first === undefined) throw new Error("no symbols");
const spec = first;

function learning(symbols: Gateway["symbols"], quote?: Gateway["quote"]) {
  const market = new BrokerMarket();
  const account = { account: accountRef("a"), market } as unknown as AccountState;
  const faults: unknown[] = [];
  const state = { now: 0 };
  const learner = new SymbolLearner({
    activity: new Activity(),
    gateway: () => ({ symbols, quote }) as unknown as Gateway,
    monotonicMs: () => state.now,
    fault: (error) => void faults.push(error),
  });
  const missing = (symbol: string) =>
    ({ reason: "SYMBOL_MISSING", steps: [{ step: "symbol", symbol }] }) as unknown as Decision;
  const learns = (symbol: string) => learner.learns(account, missing(symbol));
  return { market, faults, state, learns };
}

test("what a decision missed is asked for by its name, with its first price", async () => {
  const asked: (string | undefined)[] = [];
  const price = { symbol: spec.name, bid: 110_000_000n, ask: 110_010_000n, at: 1 };
  const { learns, market } = learning(
    async (_, name) => {
      asked.push(name);
      return [spec];
    },
    async () => price,
  );
  const [first, second] = [learns(spec.name), learns(spec.name)];
  expect(second).toBe(first);
  await first;
  expect(asked).toEqual([spec.name]);
  expect([market.spec(spec.name), market.quote(spec.name)]).toEqual([spec, price]);
  expect(learns(spec.name)).toBeNull();
});

test("a price that was told while it was asked for is newer", async () => {
  const told = { symbol: spec.name, bid: 120_000_000n, ask: 120_010_000n, at: 2 };
  const { learns, market } = learning(
    async () => [spec],
    async () => {
      market.setQuote(told);
      return { ...told, at: 1 };
    },
  );
  await learns(spec.name);
  expect(market.quote(spec.name)).toBe(told);
});

test("a broker that has no such symbol is not asked at each signal, but again later", async () => {
  let asked = 0;
  const { learns, market, state } = learning(async () => {
    asked += 1;
    return [];
  });
  for (state.now = 0; state.now < 5_000; state.now += 500) await learns("NOPE");
  expect(asked).toBe(1);
  await learns("NOPE");
  expect(asked).toBe(2);
  expect(market.spec("NOPE")).toBeUndefined();
});

test("a broker that is away is no fault; anything else is", async () => {
  const away = learning(() => Promise.reject(new LockstepError("GATEWAY_DOWN")));
  await away.learns("EURUSD");
  expect(away.faults).toEqual([]);
  const broken = learning(() => Promise.reject(new TypeError("broken")));
  await broken.learns("EURUSD");
  expect(broken.faults).toHaveLength(1);
});

test("only a symbol that is missing or has no price is asked for", () => {
  const steps = [{ step: "price" }, { step: "symbol", symbol: "GER40" }];
  expect(missedSymbol({ reason: "SYMBOL_MISSING", steps })).toBe("GER40");
  expect(missedSymbol({ reason: "NO_PRICE", steps })).toBe("GER40");
  expect(missedSymbol({ reason: "NO_PRICE", steps: [{ step: "size" }] })).toBeNull();
  expect(missedSymbol({ reason: "MARKET_CLOSED", steps })).toBeNull();
  expect(missedSymbol({ reason: null, steps })).toBeNull();
});
