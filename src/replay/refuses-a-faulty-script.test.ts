import { describe, expect, test } from "vitest";
import { formatFault, InputError } from "../domain/input-fault.ts";
import {
  ORDER_COLUMNS,
  parseScript,
  SCRIPT_COLUMNS,
  type ScriptContext,
  type ScriptRow,
} from "./script.ts";

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

const BARE = "1000,P1,open,EURUSD,buy,0.50,,";
const ORDER_HEADER = `${HEADER},${ORDER_COLUMNS.join(",")}`;
const LIMIT = "1000,L1,place,EURUSD,buy,0.50,,,1.08,,";

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

  test("pending orders: placed, changed, cancelled; or filled, and then a position", () => {
    const rows = [
      "1000,L1,place,EURUSD,buy,0.50,1.07,,1.08,limit,5000",
      "1001,L1,change,,,,0,1.2,1.081,,0",
      "1002,L1,cancel,EURUSD,buy,,,,,,",
      "1003,L2,place,EURUSD,sell,0.20,,,1.05,,",
      "1004,L2,change,,,,,,,,9000",
      "1005,L2,reduce,,,0.1,,,,,",
      "1006,L2,protect,,,,1.2,,,,",
      "1007,L2,close,,,,,,,,",
    ];
    const parsed = parse([ORDER_HEADER, ...rows].join("\n"));
    const first = { position: "L1", symbol: "EURUSD", side: "buy" };
    expect(parsed.slice(0, 3)).toEqual([
      {
        ...{ ...first, action: "place", line: 2, at: 1000, volume: 50_000_000n },
        ...{ price: 108_000_000n, orderType: "limit", expiresAt: 5000 },
        ...{ stopLoss: 107_000_000n, takeProfit: null },
      },
      {
        ...{ ...first, action: "change", line: 3, at: 1001, price: 108_100_000n },
        ...{ expiresAt: null, stopLoss: null, takeProfit: 120_000_000n },
      },
      { ...first, action: "cancel", line: 4, at: 1002 },
    ]);
    expect(parsed[3]).toMatchObject({ orderType: null, expiresAt: null });
    expect(parsed[4]).toMatchObject({ price: null, expiresAt: 9000, stopLoss: "unchanged" });
    expect(parsed.map(({ action }) => action).slice(5)).toEqual(["reduce", "protect", "close"]);
  });

  test("the columns of pending orders may be there in part, or blank", () => {
    expect(parse(`${HEADER},price\n1000,L1,place,EURUSD,buy,0.50,,,1.08\n`)).toHaveLength(1);
    expect(parse([ORDER_HEADER, `${OPEN},,,`].join("\n"))).toEqual(parse(text(OPEN)));
  });

  test("a netting master adds to a position, and turns it round under a new name", () => {
    const rows = [
      BARE,
      "1001,P1,increase,,buy,0.3,,",
      "1002,P1,reduce,,,0.7,,",
      "1003,P2,open,EURUSD,sell,0.5,1.2,",
      "1004,P2,reduce,,,0.3,,",
    ];
    const parsed = parse(text(...rows), "netting");
    expect(parsed[1]).toEqual({
      ...{ position: "P1", symbol: "EURUSD", side: "buy" },
      ...{ action: "increase", line: 3, at: 1001, volume: 30_000_000n },
    });
    expect(parsed).toHaveLength(5);
    const beyond = text(...rows.slice(0, 4), "1004,P2,reduce,,,0.4,,");
    expect(faults(beyond, "netting")[0]).toContain("6: a reduction of all that is left");
    const after = text(...rows.slice(0, 4), "1004,P1,close,,,,,");
    expect(faults(after, "netting")[0]).toContain("6: the position is already closed");
  });

  test("where a stop may have ended a netting position only the run can tell", () => {
    const script = text(OPEN, "1001,P2,open,EURUSD,buy,0.1,,", "1002,P2,reduce,,,0.05,,");
    expect(parse(script, "netting")).toHaveLength(3);
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
      'an increase needs a netting master: found a hedging master, expected "positionMode"',
    ],
    [text(OPEN, "1001,P1,change,,,,1.2,"), "a change row is for pending orders"],
    [text(OPEN, "1001,P1,cancel,,,,,"), "a cancel row is for pending orders"],
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

  test.each([
    ["1001,P2,open,EURUSD,buy,0.1,,", "a netting master holds one position a symbol"],
    ["1001,P2,open,EURUSD,sell,0.5,,", 'an open against the position "P1" does not turn it round'],
    ["1001,P1,increase,,,,,", "an increase has no volume"],
    ["1001,P1,increase,,,0.1,1.09,", "an increase row has a stop"],
    ["1001,P1,increase,EURUSD,sell,0.1,,", "the side is not the position's"],
  ])("on a netting master: %s", (row, said) => {
    const found = faults(text(BARE, row), "netting");
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`trades.csv:3: ${said}`);
  });

  test.each([
    [[LIMIT.replace("1.08,,", ",,")], "2: a place has no price: found a blank"],
    [[LIMIT.replace("1.08", "-1.08")], '2: the price is not above zero: found "-1.08"'],
    [[LIMIT.replace("1.08", "x")], '2: price is not a number: found "x"'],
    [[LIMIT.replace("1.08,,", "1.08,market,")], '2: the order type is unknown: found "market"'],
    [[`${LIMIT}1000`], "2: the order would have expired already: found 1000, expected an instant"],
    [[`${LIMIT}soon`], '2: expires_ms is not a time: found "soon"'],
    [[LIMIT.replace("buy", "")], "2: a place has no side"],
    [[LIMIT.replace("EURUSD", "")], "2: a place has no symbol"],
    [[LIMIT.replace("0.50", "")], "2: a place has no volume"],
    [[LIMIT, LIMIT.replace("1000", "1001")], "3: the position was opened before"],
    [[LIMIT, "1001,L1,change,,,,,,,,"], "3: a change row changes nothing"],
    [[LIMIT, "1001,L1,change,,,0.1,,,1.07,,"], "3: a change row has a volume"],
    [[LIMIT, "1001,L1,change,,,,,,1.07,stop,"], "3: a change row has an order type"],
    [[LIMIT, "1001,L1,cancel,,,,,,1.07,,"], "3: a cancel row has a price: found 1.07"],
    [[LIMIT, "1001,L1,cancel,,,,,,,,", "1002,L1,change,,,,,,1.07,,"], "4: the position is already"],
    [[LIMIT, "1001,L1,close,,,,,,,,", "1002,L1,cancel,,,,,,,,"], "4: the position is already"],
    [
      [LIMIT, "1001,L1,reduce,,,0.1,,,,,", "1002,L1,cancel,,,,,,,,"],
      '4: the order has been filled: found "L1", expected no cancel after line 3',
    ],
    [["1000,P1,open,EURUSD,buy,1,,,1.1,,"], "2: an open row has a price: found 1.1"],
    [["1000,P1,open,EURUSD,buy,1,,,,,2000"], "2: an open row has an expiry: found 2000"],
    [["1001,L1,change,,,,,,1.07,,"], "2: the position was never opened"],
  ])("of pending orders: %j", (rows, said) => {
    const found = faults([ORDER_HEADER, ...rows, ""].join("\n"));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`trades.csv:${said}`);
    expect(found[0]).toMatch(/^trades\.csv:\d+: .+: found .+, expected .+/);
  });

  test("on a netting master a pending order may not stand beside a position", () => {
    const rows = [`${BARE},,,`, LIMIT.replace("1000", "1001")];
    const found = faults([ORDER_HEADER, ...rows].join("\n"), "netting");
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("trades.csv:3: a netting master's pending order may not meet");
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
