import { expect, test } from "vitest";
import { LockstepError } from "../domain/errors.ts";
import type { AccountState } from "../follower/state.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { BrokerMarket } from "../gateway/market.ts";
import { BASE_SYMBOLS, symbolsOf } from "../gateway/simulator/symbols.ts";
import { Activity } from "../platform/activity.ts";
import { accountRef } from "../testing/simulated-broker.ts";
import { missedSymbol, SymbolLearner } from "./learner.ts";

const [spec] = symbolsOf(BASE_SYMBOLS);
if (spec === undefined) throw new Error("no symbols");

function learning(symbols: Gateway["symbols"]) {
  const market = new BrokerMarket();
  const account = { account: accountRef("a"), market } as unknown as AccountState;
  const faults: unknown[] = [];
  const state = { now: 0 };
  const learner = new SymbolLearner({
    activity: new Activity(),
    gateway: () => ({ symbols }) as unknown as Gateway,
    monotonicMs: () => state.now,
    fault: (error) => void faults.push(error),
  });
  return { account, market, faults, state, learner };
}

test("what a decision missed is asked for by its name, and known from then on", async () => {
  const asked: (string | undefined)[] = [];
  const { account, learner, market } = learning(async (_, name) => {
    asked.push(name);
    return [spec];
  });
  await Promise.all([learner.learn(account, spec.name), learner.learn(account, spec.name)]);
  expect(asked).toEqual([spec.name]);
  expect(market.spec(spec.name)).toEqual(spec);
});

test("a broker that has no such symbol is not asked at each signal, but again later", async () => {
  let asked = 0;
  const { account, learner, market, state } = learning(async () => {
    asked += 1;
    return [];
  });
  for (state.now = 0; state.now < 5_000; state.now += 500) await learner.learn(account, "NOPE");
  expect(asked).toBe(1);
  await learner.learn(account, "NOPE");
  expect(asked).toBe(2);
  expect(market.spec("NOPE")).toBeUndefined();
});

test("a broker that is away is no fault; anything else is", async () => {
  const away = learning(() => Promise.reject(new LockstepError("GATEWAY_DOWN")));
  await away.learner.learn(away.account, "EURUSD");
  expect(away.faults).toEqual([]);
  const broken = learning(() => Promise.reject(new TypeError("broken")));
  await broken.learner.learn(broken.account, "EURUSD");
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
