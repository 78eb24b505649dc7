import { expect, test } from "vitest";
import { fieldsFrom } from "../fields.ts";
import { checksOf, type FollowFacts, pairsOf, rulesFrom } from "./follow-form.ts";

const FACTS: FollowFacts = {
  account: { id: "a", currency: "EUR", position_mode: "hedging" },
  strategy: { id: "s", master_id: "m", currency: "USD", position_mode: "hedging" },
  masterSymbols: ["EURUSD", "XAUUSD", "US30"],
  ownSymbols: ["EUR/USD", "XAUUSD.a", "XAUUSD.b"],
  sameBroker: false,
  existing: null,
};

const fields = (text: string) => fieldsFrom(new URLSearchParams(text));

test("a symbol is taken for another only where there is no second that it could be", () => {
  expect(pairsOf(FACTS)).toEqual([
    { from: "EURUSD", to: "EUR/USD" },
    { from: "XAUUSD", to: null },
    { from: "US30", to: null },
  ]);
  expect(pairsOf({ ...FACTS, sameBroker: true }).every(({ from, to }) => from === to)).toBe(true);
});

test("what was typed becomes rules, and what was left empty sets nothing", () => {
  expect(rulesFrom(fields("mode=multiplier&amount=0.5&sides=buys and sells"), FACTS)).toEqual({
    sizing: { mode: "multiplier", multiplier: "0.5" },
    symbolMap: { pairs: [{ from: "EURUSD", to: "EUR/USD" }] },
  });
  const all = "mode=risk-percent&amount=1&sides=sell&maxVolume=2&deviation=15";
  expect(rulesFrom(fields(all), { ...FACTS, sameBroker: true })).toEqual({
    sizing: { mode: "risk-percent", riskPercent: "1" },
    sides: ["sell"],
    guards: { maxVolume: "2", maxDeviationPoints: 15 },
  });
});

test("nobody follows twice, and what is not certain is said", () => {
  const tones = (facts: FollowFacts) => checksOf(facts).map(({ tone }) => tone);
  expect(tones({ ...FACTS, existing: { id: "u", mode: "paused" } })).toContain("rejected");
  expect(tones({ ...FACTS, existing: { id: "u", mode: "stopped" } })).not.toContain("rejected");
  expect(tones({ ...FACTS, account: { ...FACTS.account, id: "m" } })).toContain("rejected");
  expect(checksOf(FACTS).at(-1)?.words).toContain("XAUUSD, US30");
  const netting = { ...FACTS, account: { ...FACTS.account, position_mode: "netting" } };
  expect(tones(netting)).toContain("partial");
});
