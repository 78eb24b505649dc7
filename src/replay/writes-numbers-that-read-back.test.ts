import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { absFixed, parseFixed } from "../domain/fixed.ts";
import {
  type AccountRow,
  accountsCsv,
  compareCodePoints,
  formatAmount,
  type OutcomeRow,
  outcomesCsv,
  summaryJson,
  tallyOutcomes,
} from "./outputs.ts";

const lots = fc.bigInt({ min: 0n, max: 10n ** 13n });
const price = fc.option(fc.bigInt({ min: 1n, max: 10n ** 14n }));
const name = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });

const outcomeRow: fc.Arbitrary<OutcomeRow> = fc.record({
  signal: fc.integer({ min: 1, max: 30 }),
  at: fc.nat(),
  kind: fc.constantFrom("open", "reduce", "close", "protect"),
  position: name,
  symbol: fc.constantFrom("EURUSD", "XAUUSD"),
  follower: name,
  decision: fc.constantFrom("copy", "skip"),
  reason: fc.constantFrom(null, "STALE", "NO_MONEY"),
  wanted: fc.option(lots),
  sent: lots,
  filled: lots,
  price,
  masterPrice: price,
  outcome: fc.constantFrom(null, "done", "rejected"),
});

const open: OutcomeRow = {
  signal: 1,
  at: 1_399_420_800_006,
  kind: "open",
  position: "P1",
  symbol: "XAUUSD",
  follower: "Anna",
  decision: "copy",
  reason: null,
  wanted: 12_345_678n,
  sent: 12_000_000n,
  filled: 12_000_000n,
  price: 130_770_700_000n,
  masterPrice: 130_770_700_000n,
  outcome: "done",
};
const skipped: OutcomeRow = {
  ...open,
  follower: 'A "quoted", name',
  decision: "skip",
  reason: "NEVER_OPENED",
  wanted: null,
  sent: 0n,
  filled: 0n,
  price: null,
  outcome: null,
};
const account = (own: string, balance: bigint): AccountRow => ({
  account: own,
  balance,
  equity: balance,
  openPositions: 1,
  deals: 2,
  profit: -balance,
});

test("outcomes.csv to the letter", () => {
  expect(outcomesCsv([{ ...open, signal: 10 }, open, { ...skipped, signal: 2 }])).toBe(
    [
      "signal,time_ms,kind,position,symbol,follower,decision,reason,volume_wanted,volume_sent,volume_filled,price,master_price,outcome",
      "1,1399420800006,open,P1,XAUUSD,Anna,copy,,0.12345678,0.12,0.12,1307.707,1307.707,done",
      '2,1399420800006,open,P1,XAUUSD,"A ""quoted"", name",skip,NEVER_OPENED,,0,0,,1307.707,',
      "10,1399420800006,open,P1,XAUUSD,Anna,copy,,0.12345678,0.12,0.12,1307.707,1307.707,done",
      "",
    ].join("\n"),
  );
});

test("accounts.csv to the letter: the master first, then by name", () => {
  const followers = [account("b", 1n), account("B", 250_000_000n), account("a", 500_000n)];
  expect(accountsCsv(account("master", 100_000_000_000n), followers)).toBe(
    [
      "account,balance,equity,open_positions,deals,profit",
      "master,1000.00,1000.00,1,2,-1000.00",
      "B,2.50,2.50,1,2,-2.50",
      "a,0.00,0.00,1,2,0.00",
      "b,0.00,0.00,1,2,0.00",
      "",
    ].join("\n"),
  );
});

test("summary.json to the letter, reasons in order", () => {
  const tally = tallyOutcomes([
    open,
    skipped,
    { ...skipped, signal: 2, reason: "STALE" },
    { ...skipped, signal: 2, reason: "ALREADY_CLOSED" },
  ]);
  const text = summaryJson({ ...tally, divergences: 0, unexplained: 0, wallSeconds: 1.23456 });
  expect(text).toBe(
    `${JSON.stringify(
      {
        signals: 2,
        decisions: 4,
        copied: 1,
        skipped: { ALREADY_CLOSED: 1, NEVER_OPENED: 1, STALE: 1 },
        divergences: 0,
        unexplained: 0,
        wallSeconds: 1.235,
      },
      null,
      2,
    )}\n`,
  );
});

describe("for any rows", () => {
  test("what is written reads back as it was, in order of signal and code point", () => {
    fc.assert(
      fc.property(fc.array(outcomeRow, { maxLength: 20 }), (rows) => {
        const text = outcomesCsv(rows);
        const [, ...records] = parse(text, { record_delimiter: "\n" });
        const read = records.map((cells) => ({
          signal: Number(cells[0]),
          position: cells[3],
          follower: cells[5],
          wanted: decimal(cells[8]),
          sent: decimal(cells[9]),
          filled: decimal(cells[10]),
          price: decimal(cells[11]),
          masterPrice: decimal(cells[12]),
        }));
        const ordered = [...rows].sort(
          (a, b) => a.signal - b.signal || byPoints(a.follower, b.follower),
        );
        expect(read).toEqual(
          ordered.map(
            ({ signal, position, follower, wanted, sent, filled, price, masterPrice }) => {
              return { signal, position, follower, wanted, sent, filled, price, masterPrice };
            },
          ),
        );
      }),
    );
  });

  test("the order of the rows that come in does not matter", () => {
    const distinct = fc.uniqueArray(outcomeRow, {
      selector: ({ signal, follower }) => `${signal} ${follower}`,
    });
    fc.assert(
      fc.property(distinct, (rows) => {
        expect(outcomesCsv([...rows].reverse())).toBe(outcomesCsv(rows));
      }),
    );
  });

  test("an amount has two places, is at most half a cent off, and has no minus nothing", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), (value) => {
        const text = formatAmount(value);
        expect(text).toMatch(/^-?\d+\.\d\d$/);
        expect(text).not.toMatch(/^-0\.00$/);
        expect(absFixed(parseFixed(text) - value) <= 500_000n).toBe(true);
      }),
    );
  });

  test("code points are compared, not UTF-16 units", () => {
    expect(["\u{1f600}", "\uff5e", "a", "ab", ""].sort(compareCodePoints)).toEqual([
      "",
      "a",
      "ab",
      "\uff5e",
      "\u{1f600}",
    ]);
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(byPoints(a, b)));
      }),
    );
  });
});

function decimal(text: string | undefined): bigint | null {
  return text === undefined || text === "" ? null : parseFixed(text);
}

/** The same order, written the long way. */
function byPoints(a: string, b: string): number {
  return Buffer.compare(utf32(a), utf32(b));
}

function utf32(text: string): Buffer {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const bytes = Buffer.alloc(points.length * 4);
  for (const [index, point] of points.entries()) bytes.writeUInt32BE(point, index * 4);
  return bytes;
}
