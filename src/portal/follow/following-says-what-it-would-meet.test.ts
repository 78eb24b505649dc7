import { expect, test } from "vitest";
import { mergeLayers } from "../../follower/rules/layers.ts";
import { checksOf } from "./checks.ts";
import {
  FIELD_NAMES,
  type FollowFacts,
  faultIn,
  pairsOf,
  rulesFrom,
  share,
  typed,
} from "./form.ts";
import { plainRules } from "./plain-rules.ts";

const FACTS: FollowFacts = {
  account: { id: "a", currency: "EUR", position_mode: "hedging" },
  strategy: { id: "s", master_id: "m", currency: "USD", position_mode: "hedging" },
  masterSymbols: ["EURUSD", "XAUUSD", "US30"],
  ownSymbols: ["EUR/USD", "XAUUSD.a", "XAUUSD.b"],
  sameBroker: false,
  existing: null,
};
const SAME = { ...FACTS, sameBroker: true };

const fields = (text: string) => typed(new URLSearchParams(text));

test("a symbol is taken for another only where there is no second that it could be", () => {
  expect(pairsOf(FACTS)).toEqual([
    { from: "EURUSD", to: "EUR/USD" },
    { from: "XAUUSD", to: null },
    { from: "US30", to: null },
  ]);
  expect(pairsOf(SAME).every(({ from, to }) => from === to)).toBe(true);
});

test("what was typed becomes rules, and what was left empty sets nothing", () => {
  expect(rulesFrom(fields("mode=multiplier&multiplier=0.5&sides=both"), FACTS)).toEqual({
    sizing: { mode: "multiplier", multiplier: "0.5" },
    symbolMap: { pairs: [{ from: "EURUSD", to: "EUR/USD" }] },
  });
  const all =
    "mode=risk-percent&risk-percent=1&sides=sell&maxVolume=2&deviation=15&only=EURUSD, XAU*" +
    "&existing=all&raise=1&reverse=1&dayLoss=5&drawdown=12.5&drawdownAction=close-all-and-stop";
  expect(rulesFrom(fields(all), SAME)).toEqual({
    sizing: { mode: "risk-percent", riskPercent: "1", raiseToMinimum: true },
    symbols: { include: ["EURUSD", "XAU*"], exclude: [] },
    sides: ["sell"],
    reverse: true,
    copyExisting: "all",
    guards: { maxVolume: "2", maxDeviationPoints: 15 },
    limits: [
      { measure: "equity-from-equity", period: "day", relative: "0.05", action: "close-only" },
      {
        ...{ measure: "equity-from-peak", period: "lifetime", relative: "0.125" },
        action: "close-all-and-stop",
      },
    ],
  });
});

test("every field of the steps is taken by the rules as they are", () => {
  const numbers = FIELD_NAMES.filter((name) => !["account", "mode", "begin"].includes(name));
  const words: Record<string, string> = { sides: "buy", existing: "all", only: "A", except: "B" };
  const actions = { dayLossAction: "alert", drawdownAction: "close-only" };
  const text = new URLSearchParams({
    ...Object.fromEntries(numbers.map((name) => [name, words[name] ?? "1"])),
    ...actions,
    mode: "equity-ratio",
  }).toString();
  const rules = rulesFrom(fields(text), SAME);
  const { settings } = mergeLayers([{ kind: "subscription", name: "S", rules }]);
  const plain = plainRules(settings, "subscription S").map(({ words: said }) => said);
  expect(plain).toContain("When the equity is 1 % under its highest, it opens nothing more.");
  expect(plain).toContain("Each copy is sized in proportion to equity.");
  expect(plain.every((said) => !said.includes("Here:"))).toBe(true);
});

test("what is wrong leads back to the step that asks for it, by the field's own name", () => {
  expect(faultIn("sizing.multiplier: must be a decimal")).toEqual({
    words: "The size: must be a decimal",
    step: 2,
  });
  expect(faultIn("guards.maxVolume: must be a decimal").step).toBe(3);
});

test("per cent become fractions exactly, and what is no number is left to be refused", () => {
  expect([share("5"), share("0.5"), share("12.5"), share("100"), share("x")]).toEqual([
    ...["0.05", "0.005", "0.125", "1.00", "x"],
  ]);
});

test("nobody follows twice, and what is not certain is said", () => {
  const tones = (facts: FollowFacts) => checksOf(facts, null).map(({ tone }) => tone);
  expect(tones({ ...FACTS, existing: { id: "u", mode: "paused" } })).toContain("rejected");
  expect(tones({ ...FACTS, existing: { id: "u", mode: "stopped" } })).not.toContain("rejected");
  expect(tones({ ...FACTS, account: { ...FACTS.account, id: "m" } })).toContain("rejected");
  expect(
    checksOf(FACTS, null)
      .map(({ words }) => words)
      .join(),
  ).toContain("XAUUSD, US30");
  const netting = { ...FACTS, account: { ...FACTS.account, position_mode: "netting" } };
  expect(
    checksOf(netting, null)
      .map(({ words }) => words)
      .join(),
  ).toContain("nets positions");
});
