import { describe, expect, test } from "vitest";
import { formatFault, InputError } from "../domain/input-fault.ts";
import { parseScript, SCRIPT_COLUMNS, type ScriptContext, type ScriptRow } from "./script.ts";

const HEADER = SCRIPT_COLUMNS.join(",");
const facts = { volumeMin: 1_000_000n, volumeStep: 1_000_000n, volumeMax: 10_000_000_000n };
const context = (positionMode: "hedging" | "netting" = "hedging"): ScriptContext => ({
  positionMode,
  symbols: new Map([
    ["EURUSD", { ...facts, firstQuoteAt: 1000 }],
    ["XAUUSD", { ...facts, firstQuoteAt: 2000 }],
  ]),
});
const text = (...lines: string[]): string => [HEADER, ...lines, ""].join("\n");
const parse = (script: string, mode?: "netting"): ScriptRow[] =>
  parseScript("trades.csv", script, context(mode));

function faults(script: string, mode?: "netting"): string[] {
  try {
    parse(script, mode);
  } catch (error) {
    if (error instanceof InputError) return error.faults.map(formatFault);
    throw error;
  }
  return [];
}

const OPEN = "1000,P1,open,EURUSD,buy,0.50,1.09,1.11";

describe("what is legal", () => {
  test("each action, with what is blank filled in from the open", () => {
    const rows = parse(
      text(OPEN, "1001,P1,reduce,,,0.2,,", "1001,P1,protect,EURUSD,,,0,", "1002,P1,close,,buy,,,"),
    );
    const base = { position: "P1", symbol: "EURUSD", side: "buy" };
    expect(rows).toEqual([
      {
        ...base,
        action: "open",
        line: 2,
        at: 1000,
        volume: 50_000_000n,
        stopLoss: 109_000_000n,
        takeProfit: 111_000_000n,
      },
      { ...base, action: "reduce", line: 3, at: 1001, volume: 20_000_000n },
      { ...base, action: "protect", line: 4, at: 1001, stopLoss: null, takeProfit: "unchanged" },
      { ...base, action: "close", line: 5, at: 1002 },
    ]);
  });

  test("columns in any order, a byte order mark, CRLF, quotes and blank lines", () => {
    const columns = [...SCRIPT_COLUMNS].reverse().join(",");
    const script = `\ufeff${columns}\r\n\r\n,,0.5,buy,EURUSD,open,"P ""1"", x",1000\r\n`;
    expect(parse(script)).toMatchObject([{ line: 3, position: 'P "1", x', volume: 50_000_000n }]);
  });

  test("a netting master opens a symbol again after the close", () => {
    const script = text(OPEN, "1001,P1,close,,,,,", "1002,P2,open,EURUSD,sell,0.1,,");
    expect(parse(script, "netting")).toHaveLength(3);
  });
});

describe("what is refused, with file, line, what is wrong and what is expected", () => {
  test.each([
    ["", "trades.csv:1: the file is empty"],
    [`${HEADER},magic\n`, 'trades.csv:1: unknown column: found "magic", expected the columns'],
    [HEADER.replace(",side", ""), "trades.csv:1: the column side is missing"],
    [`${HEADER},side`, "trades.csv:1: the column is there twice"],
    [text('1000,"P1,open'), "trades.csv:2: the quoting is wrong"],
    [text("", "1000,P1,open"), "trades.csv:3: the row has not the header's columns: found 3 cells"],
    [
      text(OPEN, "999,P1,close,,,,,"),
      "trades.csv:3: time runs backwards: found 999, expected 1000",
    ],
    [text("1e3,P1,open,EURUSD,buy,1,,"), 'time_ms is not a time: found "1e3"'],
    [
      text("1000,P1,open,GBPUSD,buy,1,,"),
      'unknown symbol: found "GBPUSD", expected a symbol of the',
    ],
    [text("1999,P1,open,XAUUSD,buy,1,,"), "XAUUSD has no quote yet: found 1999, expected 2000"],
    [text("1000,P1,open,,buy,1,,"), "an open has no symbol"],
    [text("1000,P1,open,EURUSD,,1,,"), "an open has no side: found a blank, expected buy or sell"],
    [
      text("1000,P1,open,EURUSD,long,1,,"),
      'the side is unknown: found "long", expected buy or sell',
    ],
    [text("1000,P1,open,EURUSD,buy,,,"), "an open has no volume"],
    [
      text("1000,P1,open,EURUSD,buy,-1,,"),
      'the volume is negative: found "-1", expected lots above',
    ],
    [text("1000,P1,open,EURUSD,buy,0,,"), "the volume is zero"],
    [text("1000,P1,open,EURUSD,buy,one,,"), 'volume is not a number: found "one"'],
    [
      text("1000,P1,open,EURUSD,buy,0.015,,"),
      "the volume is not legal: found 0.015, expected a mult",
    ],
    [text("1000,P1,open,EURUSD,buy,101,,"), "expected a multiple of 0.01 from 0.01 to 100 lots"],
    [text("1000,P1,open,EURUSD,buy,1,-2,"), "stop_loss is negative"],
    [text("1000,P1,open,EURUSD,buy,1,,x"), 'take_profit is not a number: found "x"'],
    [text("1000,,open,EURUSD,buy,1,,"), "the position has no usable name"],
    [text("1000,P1,buy,EURUSD,buy,1,,"), 'unknown action: found "buy", expected open, reduce,'],
    [
      text(OPEN, "1001,P1,increase,,,1,,"),
      "Netting (increase, reversals) comes with a later version",
    ],
    [text(OPEN, OPEN), "trades.csv:3: the position was opened before"],
    [
      text(OPEN, "1001,P1,close,,,,,", OPEN.replace("1000", "1002")),
      "trades.csv:4: the position was",
    ],
    [text("1000,P1,close,,,,,"), "trades.csv:2: the position was never opened"],
    [
      text(OPEN, "1001,P1,close,,,,,", "1002,P1,close,,,,,"),
      "trades.csv:4: the position is already",
    ],
    [
      text(OPEN, "1001,P1,reduce,,,0.51,,"),
      "a reduction beyond the position: found 0.51, expected l",
    ],
    [
      text(OPEN, "1001,P1,reduce,,,0.5,,"),
      "a reduction of all that is left: found 0.5, expected the",
    ],
    [
      text(OPEN, "1001,P1,reduce,,,0.2,,", "1001,P1,reduce,,,0.4,,"),
      "trades.csv:4: a reduction beyo",
    ],
    [text(OPEN, "1001,P1,reduce,,,,,"), "a reduction has no volume"],
    [text(OPEN, "1001,P1,close,,,0.5,,"), "a close row has a volume"],
    [text(OPEN, "1001,P1,close,,,,1.2,"), "a close row has a stop"],
    [text(OPEN, "1001,P1,protect,,,0.1,1.2,"), "a protect row has a volume"],
    [text(OPEN, "1001,P1,protect,,,,,"), "a protect row changes nothing"],
    [text(OPEN, "1001,P1,close,XAUUSD,,,,"), "the symbol is not the position's"],
    [
      text(OPEN, "1001,P1,close,,sell,,,"),
      "the side is not the position's: found sell, expected buy",
    ],
  ])("%j", (script, said) => {
    const found = faults(script);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(said);
    expect(found[0]).toMatch(/^trades\.csv:\d+: .+: found .+, expected .+/);
  });

  test("an open beside another of the symbol, on a netting master only", () => {
    const script = text(OPEN, "1001,P2,open,EURUSD,sell,0.1,,");
    expect(faults(script)).toEqual([]);
    expect(faults(script, "netting")[0]).toContain("trades.csv:3: Netting (increase, reversals)");
  });

  test("all faults of a file at once, and one mistake is one fault", () => {
    const found = faults(
      text(
        "1000,P1,open,EURUSD,buy,x,,",
        "1001,P1,reduce,,,5,,",
        "1002,P1,close,,,,,",
        "1001,P2,open,NOPE,sell,1,,",
        "1003,P2,close,NOPE,sell,,,",
        "1004,P3,increase,EURUSD,buy,1,,",
      ),
    );
    expect(found.map((fault) => fault.split(":")[1])).toEqual(["2", "5", "5", "7"]);
  });

  test("what stood there is quoted and cut, so that it cannot draw on a terminal", () => {
    const [found = ""] = faults(text(`1000,\u001b[2J${"x".repeat(500)},open,EURUSD,buy,1,,`));
    expect(found).toContain("\\u001b[2J");
    expect(found.length).toBeLessThan(300);
  });
});
