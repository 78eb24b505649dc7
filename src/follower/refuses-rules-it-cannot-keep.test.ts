import { describe, expect, test } from "vitest";
import { LockstepError } from "../domain/errors.ts";
import { parseFixed } from "../domain/fixed.ts";
import { SETTINGS } from "./rules/schema.ts";
import { defaultRules, parseRules } from "./rules.ts";

function faultsOf(json: unknown): { settings: unknown; faults: unknown } {
  try {
    parseRules(json);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== "BAD_RULES") throw error;
    return { settings: error.context["settings"], faults: error.context["faults"] };
  }
  throw new Error("the rules were accepted");
}

/** {"a.b": 1} as {a: {b: 1}}. */
function at(path: string, value: unknown): unknown {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

const week = (hours: Record<string, unknown>, timeZone: unknown = "Europe/London") => ({
  windows: { timeZone, weekdays: hours },
});
const limit = (change: Record<string, unknown>) => ({
  limits: [{ measure: "equity-from-peak", period: "day", relative: "0.05", ...change }],
});

describe("rules that can never do what they say are refused", () => {
  test.each<[string, unknown, string]>([
    ["sizing.equityPercent", { sizing: { mode: "equity-percent" } }, "needed by equity-percent"],
    ["sizing.leverage", { sizing: { mode: "fixed-leverage" } }, "needed by fixed-leverage"],
    ["sizing.table", { sizing: { mode: "custom" } }, "row for *"],
    [
      "sizing.table",
      { sizing: { mode: "custom", table: [{ symbol: "XAUUSD", volume: "1" }] } },
      "row for *",
    ],
    [
      "sizing.table",
      {
        sizing: {
          table: [
            { symbol: "a", volume: "1" },
            { symbol: "A", volume: "2" },
          ],
        },
      },
      "names A twice",
    ],
    ["sizing.table.0", { sizing: { table: [{ symbol: "*" }] } }, "either a volume or a risk"],
    [
      "sizing.table.0",
      { sizing: { table: [{ symbol: "*", volume: "1", riskPercent: "1" }] } },
      "either a volume or a risk",
    ],
    [
      "symbols.include",
      { symbols: { include: ["EURUSD"], exclude: ["EUR*"] } },
      "nothing would ever",
    ],
    [
      "symbols.include",
      { symbols: { include: ["XAU*"], exclude: ["xau*"] } },
      "nothing would ever",
    ],
    [
      "magic.include",
      { magic: { include: ["5-7", "9"], exclude: ["1-10"] } },
      "nothing would ever",
    ],
    [
      "comment.include",
      { comment: { include: ["test1"], exclude: ["test*"] } },
      "nothing would ever",
    ],
    ["masterDrawdown.above", { masterDrawdown: { above: "0.2", below: "0.1" } }, "nothing lies"],
    ["windows.timeZone", week({ mon: ["07:00-21:00"] }, "London"), "time zone"],
    ["windows.timeZone", week({ mon: ["07:00-21:00"] }, "+01:00"), "time zone"],
    ["windows.weekdays", week({}), "never opens"],
    ["windows.weekdays", week({ mon: [] }), "never opens"],
    ["windows.weekdays.mon.0", week({ mon: ["07:00-07:00"] }), "hours such as"],
    ["windows.weekdays.mon.0", week({ mon: ["7-21"] }), "hours such as"],
    ["windows.weekdays.mon.0", week({ mon: ["20:00-24:30"] }), "hours such as"],
    [
      "windows.1.timeZone",
      {
        windows: [
          week({ mon: ["07:00-21:00"] }).windows,
          { ...week({ mon: ["07:00-21:00"] }).windows, timeZone: "x" },
        ],
      },
      "zone",
    ],
    ["news.impact", { news: { impact: [] } }, "at least one impact"],
    ["news.beforeMinutes", { news: { impact: ["high"], beforeMinutes: -1 } }, "minutes"],
    ["guards.delayMs.min", { guards: { delayMs: { min: 2, max: 1 } } }, "above guards.delayMs.max"],
    [
      "guards.delayMs.max",
      { guards: { delayMs: { min: 0, max: 5_000 }, maxAgeMs: 5_000 } },
      "too late",
    ],
    ["waitForStopMs", { waitForStopMs: 60_000 }, "too late"],
    ["guards.throttle.count", { guards: { throttle: { count: 0, windowMs: 1 } } }, "whole"],
    ["guards.reservedMarginFraction", { guards: { reservedMarginFraction: "1.01" } }, "max 1"],
    [
      "symbolMap.pairs.0.priceFactor",
      { symbolMap: { pairs: [{ from: "A", to: "B", priceFactor: "0" }] } },
      "above 0",
    ],
    ["limits.0.timeZone", limit({ timeZone: "Mars/Base" }), "time zone"],
    ["limits.0.resetAt", limit({ resetAt: "25:00" }), "time such as"],
    ["limits.0.relative", limit({ relative: "0" }), "above 0"],
    ["limits.0.relative", limit({ relative: "1.1" }), "at most 1"],
    ["limits.0.relative", limit({ absolute: "100" }), "not both"],
    ["limits.0.relative", limit({ relative: null }), "either absolute or relative"],
    ["limits.0.alertAt", limit({ alertAt: "1" }), "below the next stage"],
    ["limits.0.since", limit({ period: "since" }), "needed by the period since"],
    ["limits.0.rolling", limit({ period: "lifetime", rolling: true }), "no meaning"],
  ])("%s: %j", (setting, json, reason) => {
    const { settings, faults } = faultsOf(json);
    expect(settings).toEqual([setting]);
    expect(faults).toEqual([expect.stringContaining(reason)]);
  });
});

describe("a fault is told with its setting", () => {
  test.each<[string, unknown, string]>([
    ["sizing.riskPercent", { sizing: { mode: "risk-percent" } }, "needed by risk-percent"],
    ["sizing.volume", { sizing: { mode: "fixed-volume" } }, "needed by fixed-volume"],
    ["sizing.multiplier", { sizing: { multiplier: 2 } }, "decimal as text"],
    ["sizing.multiplier", { sizing: { multiplier: "0" } }, "above 0"],
    ["sizing.multiplier", { sizing: { multiplier: "1e3" } }, "plain decimal"],
    ["sizing.riskPercent", { sizing: { riskPercent: "100.1" } }, "max 100"],
    ["sizing.maxRiskCoefficient", { sizing: { maxRiskCoefficient: "0.9" } }, "min 1"],
    ["sizing.assumedStopPoints", { sizing: { assumedStopPoints: 0 } }, "whole number"],
    ["sizing.assumedStopPoints", { sizing: { assumedStopPoints: 1.5 } }, "whole number"],
    ["sizing.mode", { sizing: { mode: "nonsense" } }, "must be one of"],
    ["sizing.size", { sizing: { size: "1" } }, "is not a setting"],
    ["sise", { sise: {} }, "is not a setting"],
    ["sides", { sides: [] }, "at least one side"],
    ["sides.0", { sides: ["long"] }, "must be one of"],
    ["magic.include.0", { magic: { include: ["x"] } }, "magic number"],
    ["magic.exclude.0", { magic: { exclude: ["20-10"] } }, "magic number"],
    ["masterVolume.min", { masterVolume: { min: "2", max: "1" } }, "above masterVolume.max"],
    ["stops.stopLoss.points", { stops: { stopLoss: { mode: "fixed-points" } } }, "more than 0"],
    [
      "stops.takeProfit.points",
      { stops: { takeProfit: { mode: "fixed-points", points: 10, offsetPoints: -10 } } },
      "more than 0",
    ],
    ["guards.maxAgeMs", { guards: { maxAgeMs: "60000" } }, "whole number"],
    ["guards.maxVolume", { guards: { maxVolume: "-1" } }, "above 0"],
    [
      "symbolMap.pairs",
      {
        symbolMap: {
          pairs: [
            { from: "A", to: "B" },
            { from: "A", to: "C" },
          ],
        },
      },
      "maps A twice",
    ],
    ["mode", { mode: "on" }, "must be one of"],
    ["rules", [], ""],
    ["rules", "equity-ratio", ""],
  ])("%s", (setting, json, reason) => {
    const { settings, faults } = faultsOf(json);
    expect(settings).toEqual([setting]);
    expect(faults).toEqual([expect.stringContaining(reason)]);
  });

  test("all of them at once", () => {
    const { settings } = faultsOf({
      reverse: "yes",
      sides: [],
      sizing: { mode: "risk-percent", multiplier: "x" },
      magic: { include: ["x", "1"], exclude: ["1"] },
      masterVolume: { min: "2", max: "1" },
    });
    expect(settings).toEqual([
      "sizing.multiplier",
      "magic.include.0",
      "reverse",
      "sizing.riskPercent",
      "masterVolume.min",
      "sides",
    ]);
  });
});

describe("what is absent has its default", () => {
  test("the defaults are those of the settings table", () => {
    const written = SETTINGS.filter(({ default: value }) => value !== null).map((setting) =>
      at(setting.path, setting.default),
    );
    for (const json of written) {
      expect(parseRules(json).stopsKey).toBe(defaultRules.stopsKey);
    }
    expect(defaultRules.sizing.mode).toBe("equity-ratio");
    expect(defaultRules.sizing.maxRiskCoefficient).toBe(parseFixed("5"));
    expect(defaultRules.guards).toMatchObject({ maxAgeMs: 60_000, maxDeviationPoints: null });
    expect(defaultRules.stops.stopLoss.mode).toBe("copy-distance");
    expect(defaultRules.mode).toBe("active");
    expect(defaultRules.symbols.admits("ANYTHING")).toBe(true);
    expect(defaultRules.magic.admits(0)).toBe(true);
  });

  test("every setting has help in words, once", () => {
    const paths = SETTINGS.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toContain("sizing.aboveMaximum");
    expect(paths).toContain("stops.takeProfit.offsetPoints");
    for (const { help } of SETTINGS) expect(help).toMatch(/^[A-Z a].{10,}[.]$/s);
  });

  test("a value of another mode is kept and not in the way", () => {
    const { sizing } = parseRules({ sizing: { volume: "0.10", riskPercent: "1.0" } });
    expect(sizing).toMatchObject({ mode: "equity-ratio", volume: parseFixed("0.1") });
  });
});
