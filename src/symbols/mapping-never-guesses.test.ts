import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ONE, parseFixed } from "../domain/fixed.ts";
import { brokerLists } from "../testing/symbol-tables.ts";
import { type NameRule, proposedRule } from "./convention.ts";
import {
  type BrokerMapping,
  type Confirmation,
  checkConfirmation,
  renamed,
  resolveSymbol,
} from "./mapping.ts";

const rule = (prefix = "", separator = "", suffix = ""): NameRule => ({
  prefix,
  separator,
  suffix,
});
const offers = (...names: readonly string[]) => {
  return (name: string): boolean => names.includes(name);
};
const NOTHING: BrokerMapping = { confirmed: new Map(), rule: null };

describe("what was confirmed, then the rule, then the same name", () => {
  const confirmed = new Map([["XAUUSD", { to: "GOLD", priceFactor: ONE }]]);
  const vip = { master: rule(), follower: rule("", "", ".vip") };
  test.each<[string, BrokerMapping, string[], string | null]>([
    ["EURUSD", NOTHING, ["EURUSD"], "EURUSD"],
    ["EURUSD", NOTHING, ["EURUSD.vip", "eurusd"], null],
    ["EURUSD", { ...NOTHING, rule: vip }, ["EURUSD.vip"], "EURUSD.vip"],
    ["EURUSD", { ...NOTHING, rule: vip }, ["EURUSD"], null],
    ["XAUUSD", { confirmed, rule: vip }, ["GOLD", "XAUUSD.vip"], "GOLD"],
    ["XAUUSD", { confirmed, rule: vip }, ["XAUUSD.vip", "XAUUSD"], null],
    ["XAUUSD", NOTHING, ["GOLD"], null],
  ])("%s", (symbol, mapping, names, to) => {
    expect(resolveSymbol(symbol, mapping, offers(...names))?.to ?? null).toBe(to);
  });

  test("a price factor comes with what was confirmed", () => {
    const factor = parseFixed("0.01");
    const mapping = {
      ...NOTHING,
      confirmed: new Map([["JP225", { to: "JPN", priceFactor: factor }]]),
    };
    expect(resolveSymbol("JP225", mapping, offers("JPN"))).toEqual({
      to: "JPN",
      priceFactor: factor,
      how: "confirmed",
    });
  });
});

describe("rules for names", () => {
  test.each([
    ["EURUSD", rule(), rule("", "", ".vip"), "EURUSD.vip"],
    ["EURUSD.vip", rule("", "", ".vip"), rule(), "EURUSD"],
    ["EURUSD", rule("", "", ".vip"), rule(), null],
    ["#EURUSD", rule("#"), rule("", "", "m"), "EURUSDm"],
    ["EUR/USD", rule("", "/"), rule(), "EURUSD"],
    ["EURUSD.a", rule("", "", ".a"), rule("", "/"), "EUR/USD"],
    ["US30.a", rule("", "", ".a"), rule("", "/"), "US30"],
    ["A/B", rule("", "/"), rule(), "A/B"],
    [".vip", rule("", "", ".vip"), rule(), null],
  ])("%s", (symbol, from, to, expected) => expect(renamed(symbol, from, to)).toBe(expected));

  test("there and back is the same name", () => {
    const affix = fc.constantFrom("", "#", ".a", "m", "_x");
    const names = fc.constantFrom("EURUSD", "XAUUSD", "US30", "AAPL");
    const separator = fc.constantFrom("", "/", "-");
    const rules = fc.record({ prefix: affix, suffix: affix, separator });
    fc.assert(
      fc.property(names, rules, (name, decorated) => {
        const there = renamed(name, rule(), decorated);
        expect(there === null ? null : renamed(there, decorated, rule())).toBe(name);
      }),
    );
  });
});

test("the rules that two lists propose map one's pairs to the other's", () => {
  const lists = brokerLists(false);
  const namesOf = (broker: string): string[] => (lists.get(broker) ?? []).map(({ name }) => name);
  for (const [from, to, symbol, expected] of [
    ["plain", "vip", "EURUSD", "EURUSD.vip"],
    ["vip", "slash", "GBPUSD.vip", "GBP/USD"],
    ["slash", "ecn", "USD/CHF", "USDCHF-ECN"],
    ["ecn", "london", "USDJPY-ECN", "mUSDJPY"],
  ] as const) {
    const rules = { master: proposedRule(namesOf(from)), follower: proposedRule(namesOf(to)) };
    const mapping = { confirmed: new Map(), rule: rules };
    expect(resolveSymbol(symbol, mapping, offers(...namesOf(to)))?.to).toBe(expected);
  }
});

describe("a confirmation", () => {
  const confirmation: Confirmation = {
    symbol: "XAUUSD",
    to: "GOLD",
    priceFactor: ONE,
    by: "Ada",
    reason: "both names mean XAUUSD",
    at: 0,
  };
  test("needs a person, a symbol, a price factor, and a name that is offered", () => {
    expect(() => checkConfirmation(confirmation, offers("GOLD"))).not.toThrow();
    expect(() => checkConfirmation({ ...confirmation, to: null }, offers())).not.toThrow();
    for (const wrong of [{ by: " " }, { symbol: "" }, { priceFactor: 0n }]) {
      expect(() => checkConfirmation({ ...confirmation, ...wrong }, offers("GOLD"))).toThrow(
        expect.objectContaining({ code: "BAD_INPUT" }),
      );
    }
    expect(() => checkConfirmation(confirmation, offers("GOLD.a"))).toThrow(
      expect.objectContaining({ code: "UNKNOWN_SYMBOL" }),
    );
  });
});
