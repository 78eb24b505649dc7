import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conventionOf } from "./convention.ts";
import { isPlain, readName } from "./name.ts";

describe("finds the instrument in the name", () => {
  test.each([
    ["EURUSD", "pair", "EURUSD", "", ""],
    ["EURUSD.vip", "pair", "EURUSD", "", ".vip"],
    ["#XAUUSD", "pair", "XAUUSD", "#", ""],
    ["EUR/USD", "pair", "EURUSD", "", ""],
    ["eurusd", "pair", "EURUSD", "", ""],
    ["mEURUSD", "pair", "EURUSD", "m", ""],
    ["EURUSDc", "pair", "EURUSD", "", "c"],
    ["FX:GBPJPY-ECN", "pair", "GBPJPY", "FX:", "-ECN"],
    ["BTCUSDT", "pair", "BTCUSDT", "", ""],
    ["XBT/USD", "pair", "BTCUSD", "", ""],
    ["GOLD.EUR", "pair", "XAUEUR", "", ""],
    ["USDCAD", "pair", "USDCAD", "", ""],
    ["GOLD", "known", "XAUUSD", "", ""],
    ["GOLD_i", "known", "XAUUSD", "", "_i"],
    ["US30.cash", "known", "US30", "", ".cash"],
    ["USTECc", "known", "US100", "", "c"],
    ["CrudeOIL", "known", "XTIUSD", "", ""],
    ["GOLDMAN", "other", "GOLDMAN", "", ""],
    ["US5000", "other", "US5000", "", ""],
    ["WTIA", "other", "WTIA", "", ""],
    ["#AAPL", "other", "AAPL", "#", ""],
    ["BRK.B", "other", "BRK", "", ".B"],
    ["BA.L", "other", "BA", "", ".L"],
    ["", "other", "", "", ""],
  ])("%s is a %s: %s", (...[name, kind, instrument, prefix, suffix]) => {
    expect(readName(name)).toMatchObject({ kind, instrument, prefix, suffix });
  });

  test("prefix, core and suffix are the name, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 24 }), (name) => {
        const { prefix, core, suffix } = readName(name);
        expect(prefix + core + suffix).toBe(name);
      }),
    );
  });
});

describe("decorations", () => {
  test.each(["", ".vip", "c", "m", "_i", "-ECN", ".r", "+", "#", "!", "pro", ".a", "micro"])(
    "%j only says which account",
    (affix) => expect(isPlain(affix)).toBe(true),
  );
  test.each([
    "_FUT",
    ".f",
    "-F",
    "_M25",
    ".Z5",
    "-JUN25",
    "-PERP",
    "PRO",
    "WKND",
    ".weekend",
    "_EUR",
    ".GBP",
    "_24",
    ".1",
    "-OTC",
    "g",
    ".kg",
    "_gram",
    "-T+3",
    " x",
    "fwd",
  ])("%j may say that it is another contract", (affix) => expect(isPlain(affix)).toBe(false));

  test.each<[string[], string, string]>([
    [["EURUSDPRO", "GBPUSDPRO", "USDJPYPRO", "AUDUSDPRO", "US30"], "", "PRO"],
    [["#EURUSD", "#GBPUSD", "#USDJPY", "#AUDUSD"], "#", ""],
    [["EURUSD.a", "GBPUSD.a", "USDJPY.a"], "", ""], // three are too few
    [["EURUSD.a", "GBPUSD.b", "USDJPY.c", "AUDUSD.d", "USDCHF.e"], "", ""],
  ])("the habit of %j", (names, prefix, suffix) => {
    expect(conventionOf(names)).toEqual({ prefix, suffix });
  });
});
