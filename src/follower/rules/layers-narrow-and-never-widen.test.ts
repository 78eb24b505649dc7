/** How layers come to one set of rules, setting by setting; and that narrowing never widens. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LockstepError } from "../../domain/errors.ts";
import { formatFixed, parseFixed } from "../../domain/fixed.ts";
import { type JsonObject, type JsonValue, readPath, withPath } from "./json.ts";
import { type Layer, mergeLayers } from "./layers.ts";
import { SETTINGS } from "./schema.ts";

const strategy = (rules: unknown): Layer => ({ kind: "strategy", name: "Trend", rules });
const portfolio = (rules: unknown): Layer => ({ kind: "portfolio", name: "Calm", rules });
const subscription = (rules: unknown): Layer => ({ kind: "subscription", name: "Ann", rules });
const account = (rules: unknown): Layer => ({ kind: "follower account", name: "77", rules });

function merged(path: string, ...values: readonly JsonValue[]) {
  const make = [strategy, portfolio, subscription, account];
  const layers = values.map((value, index) => make[index]?.(withPath({}, path, value)));
  const effective = mergeLayers(layers.filter((layer) => layer !== undefined));
  const one = effective.settings.find((setting) => setting.path === path);
  return { value: one?.value, from: one?.from, warnings: effective.warnings };
}

const week = (hours: string) => ({ timeZone: "UTC", weekdays: { mon: [hours] } });

describe("each setting by its merge rule", () => {
  test.each<[string, readonly JsonValue[], JsonValue, readonly string[]]>([
    ["sizing.mode", ["multiplier", "same-volume"], "same-volume", ["portfolio Calm"]],
    [
      "sizing.multiplier",
      ["2", "0.5", "0.3"],
      "0.3",
      ["strategy Trend", "portfolio Calm", "subscription Ann"],
    ],
    ["sizing.maxRiskCoefficient", ["3", "4"], "3", ["strategy Trend"]],
    ["guards.maxVolume", ["5", null, "1.5"], "1.5", ["subscription Ann"]],
    ["guards.maxAgeMs", [90_000, 80_000], 80_000, ["portfolio Calm"]],
    ["guards.reservedMarginFraction", ["0.1", "0.3", "0.2"], "0.3", ["portfolio Calm"]],
    ["masterVolume.min", ["0.1", "0.05"], "0.1", ["strategy Trend"]],
    ["masterVolume.max", ["10", "20"], "10", ["strategy Trend"]],
    ["masterDrawdown.below", ["0.3", "0.2"], "0.2", ["portfolio Calm"]],
    ["sides", [["buy", "sell"], ["sell"]], ["sell"], ["portfolio Calm"]],
    ["mode", ["close-only", "active"], "close-only", ["strategy Trend"]],
    ["pendingOrders", ["off", "on-fill"], "off", ["strategy Trend"]],
    ["reverse", [true, true], false, ["strategy Trend", "portfolio Calm"]],
    ["reverse", [true, true, true], true, ["strategy Trend", "portfolio Calm", "subscription Ann"]],
    [
      "symbols",
      [{ include: ["EUR*"] }, { include: ["*USD"], exclude: ["XAU*"] }],
      { include: [["EUR*"], ["*USD"]], exclude: ["XAU*"] },
      ["strategy Trend", "portfolio Calm"],
    ],
    [
      "magic",
      [{ exclude: ["1"] }, { include: ["1-9"] }],
      { include: ["1-9"], exclude: ["1"] },
      ["strategy Trend", "portfolio Calm"],
    ],
    [
      "windows",
      [week("07:00-12:00"), week("10:00-21:00")],
      [week("07:00-12:00"), week("10:00-21:00")],
      ["strategy Trend", "portfolio Calm"],
    ],
    ["windows", [week("07:00-12:00"), null], week("07:00-12:00"), ["strategy Trend"]],
    [
      "news",
      [
        { impact: ["high"], beforeMinutes: 10 },
        { impact: ["medium"], afterMinutes: 5 },
      ],
      { impact: ["high", "medium"], beforeMinutes: 10, afterMinutes: 5, closeBefore: false },
      ["strategy Trend", "portfolio Calm"],
    ],
  ])("%s: %j", (path, values, value, from) => {
    expect(merged(path, ...values)).toEqual({ value, from, warnings: [] });
  });

  test("limits of all layers hold, each its own", () => {
    const limit = (relative: string) => ({
      measure: "equity-from-peak",
      period: "day",
      relative,
    });
    const { rules } = mergeLayers([
      strategy({ limits: [limit("0.05")] }),
      account({ limits: [limit("0.1")] }),
    ]);
    expect(rules.limits.map(({ relative }) => formatFixed(relative ?? 0n))).toEqual([
      "0.05",
      "0.1",
    ]);
  });

  test("a setting that no layer names has its default, from no layer", () => {
    const { settings, json } = mergeLayers([strategy({}), subscription({})]);
    expect(json).toEqual({});
    for (const one of settings) {
      const setting = SETTINGS.find(({ path }) => path === one.path);
      expect([one.value, one.from]).toEqual([setting?.default, []]);
    }
  });

  test("what one layer's mode needs may come from another", () => {
    const { rules } = mergeLayers([
      strategy({ sizing: { mode: "fixed-volume" } }),
      subscription({ sizing: { volume: "0.3" } }),
    ]);
    expect(rules.sizing).toMatchObject({ mode: "fixed-volume", volume: parseFixed("0.3") });
    expect(() => mergeLayers([strategy({ sizing: { mode: "fixed-volume" } })])).toThrow(
      "sizing.volume",
    );
  });

  test("layers that leave nothing over admit nothing, and say so", () => {
    const { rules, warnings } = mergeLayers([
      strategy({ sides: ["buy"] }),
      account({ sides: ["sell"] }),
    ]);
    expect(rules.sides).toEqual({ buy: false, sell: false });
    expect(warnings).toEqual([expect.stringContaining("sides")]);
  });

  test("caps of the account's own layer are kept apart: they count all its subscriptions", () => {
    const { rules } = mergeLayers([
      subscription({ guards: { maxTotalVolume: "10" } }),
      account({ guards: { maxTotalVolume: "30" } }),
    ]);
    expect(rules.guards.maxTotalVolume).toBe(parseFixed("10"));
    expect(rules.accountCaps?.maxTotalVolume).toBe(parseFixed("30"));
  });

  test("the faults of all layers are told at once, with the layer", () => {
    const wrong = () => mergeLayers([strategy({ mode: "on" }), account({ sides: [] })]);
    expect(wrong).toThrow(LockstepError);
    expect(wrong).toThrow(/mode: .*\(strategy Trend\).*sides: .*\(follower account 77\)/);
  });
});

const lots = fc
  .integer({ min: 1, max: 500 })
  .map((steps) => formatFixed(BigInt(steps) * 1_000_000n));
const symbols = fc.subarray(["EURUSD", "EUR*", "*USD", "XAU*", "GBP???"], { minLength: 1 });
const layerRules = fc.record(
  {
    symbols: fc.record({ include: symbols }),
    sides: fc.subarray(["buy", "sell"], { minLength: 1 }),
    magic: fc.record({ include: fc.subarray(["1-5", "3-9", "7"], { minLength: 1 }) }),
    guards: fc.record({ maxVolume: lots, maxAgeMs: fc.nat(100_000), maxSpreadPoints: fc.nat(50) }),
    masterVolume: fc.record({ min: lots }),
    windows: fc.constantFrom(week("07:00-12:00"), week("10:00-21:00"), week("22:00-02:00")),
  },
  { requiredKeys: [] },
);

test("a layer more never admits what was refused without it", () => {
  const probe = fc.record({
    name: fc.constantFrom("EURUSD", "EURGBP", "XAUUSD", "GBPUSD"),
    magic: fc.integer({ min: 0, max: 10 }),
    at: fc.integer({ min: 0, max: 7 * 24 }).map((hour) => hour * 3_600_000),
  });
  fc.assert(
    fc.property(fc.array(layerRules, { minLength: 2, maxLength: 4 }), probe, (all, asked) => {
      const layers = all.map((rules) => portfolio(rules));
      const [some, every] = [mergeLayers(layers.slice(0, -1)), mergeLayers(layers)];
      const [fewer, more] = [some.rules, every.rules];
      const admitted = (one: typeof more) => [
        one.symbols.admits(asked.name),
        one.magic.admits(asked.magic),
        one.sides.buy,
        one.sides.sell,
        one.windows.every((window) => window.contains(asked.at)),
      ];
      const before = admitted(fewer);
      const widened = admitted(more).filter((now, index) => now && before[index] !== true);
      expect(widened).toEqual([]);
      for (const [path, isLower] of Object.entries({
        "guards.maxVolume": true,
        "guards.maxAgeMs": true,
        "guards.maxSpreadPoints": true,
        "masterVolume.min": false,
      })) {
        const [was, is] = [readPath(some.json, path), readPath(every.json, path)];
        if (was === undefined || is === undefined) continue;
        const rose = parseFixed(String(is)) > parseFixed(String(was));
        const fell = parseFixed(String(is)) < parseFixed(String(was));
        expect(isLower ? rose : fell).toBe(false);
      }
    }),
  );
});

test("narrowing does not ask in which order the layers stand", () => {
  fc.assert(
    fc.property(layerRules, layerRules, (a, b) => {
      const admits = (layers: readonly Layer[]) => {
        const { rules } = mergeLayers(layers);
        return ["EURUSD", "XAUUSD", "GBPJPY"].map((name) => rules.symbols.admits(name));
      };
      expect(admits([strategy(a), account(b)])).toEqual(admits([strategy(b), account(a)]));
    }),
  );
});

test("what layers come to reads back as itself", () => {
  fc.assert(
    fc.property(fc.array(layerRules, { maxLength: 4 }), (all) => {
      const { json, warnings } = mergeLayers(all.map(portfolio));
      fc.pre(warnings.length === 0);
      const again = mergeLayers([subscription(json)]);
      expect(again.json as JsonObject).toEqual(json);
    }),
  );
});
