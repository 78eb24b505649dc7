/** Small cases worked out by hand, and what must hold for any case. */
import { describe, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { parseTicks, type TickSeries } from "../gateway/simulator/tick-file.ts";
import { parseFollowers } from "../replay/followers.ts";
import { accountsCsv, outcomesCsv } from "../replay/outputs.ts";
import { parseScript, SCRIPT_COLUMNS } from "../replay/script.ts";
import { type OracleAnswer, replayOracle } from "./replay-oracle.ts";
import { makeWorkload, scriptSymbols } from "./replay-workload.ts";
import { tickCsv, WALKS } from "./ticks.ts";

type Terms = Record<string, unknown>;
const base = { currency: "USD", balance: "10000", leverage: "100", positionMode: "hedging" };

function run(ticks: Record<string, string>, rows: string[], followers: Terms[]): OracleAnswer {
  const series = Object.entries(ticks).map(([symbol, lines]) =>
    parseTicks(`${symbol}-x.csv`, Buffer.from(`time_ms,bid,ask\n${lines}`)),
  );
  const named = followers.map((terms, index) => ({ ...base, name: `f${index + 1}`, ...terms }));
  const json = JSON.stringify({ master: base, followers: named });
  const accounts = parseFollowers("followers.json", json);
  const context = { positionMode: "hedging" as const, symbols: scriptSymbols(series) };
  const script = parseScript("t.csv", [SCRIPT_COLUMNS.join(","), ...rows].join("\n"), context);
  return replayOracle({ series, script, accounts });
}

/** The outcomes in short: signal, kind, follower, reason or outcome, wanted, filled, price. */
function short(answer: OracleAnswer): string[] {
  const maybe = (value: bigint | null): string => (value === null ? "-" : formatFixed(value));
  return answer.outcomes.map((row) =>
    [
      row.signal,
      row.kind,
      row.follower,
      row.reason ?? row.outcome,
      maybe(row.wanted),
      formatFixed(row.filled),
      maybe(row.price),
    ].join(" "),
  );
}

describe("cases worked out on paper", () => {
  test("opens at the ask, closes at the bid, sizes by equity before the deal, rounds down", () => {
    // Half the equity: 0.035 wanted, 0.03 sent. (1.1010 - 1.1002) · 100000 · 0.03 = 2.40.
    const answer = run(
      { eurusd: "1000,1.10000,1.10020\n2000,1.10100,1.10120\n" },
      ["1000,P1,open,EURUSD,buy,0.07,,", "2000,P1,close,,,,,"],
      [{ balance: "5000" }, { balance: "100" }],
    );
    expect(short(answer)).toEqual([
      "1 open f1 done 0.035 0.03 1.1002",
      "1 open f2 BELOW_MIN_VOLUME 0.0007 0 -",
      "2 close f1 done 0.03 0.03 1.101",
      "2 close f2 NEVER_OPENED - 0 -",
    ]);
    expect(accountsCsv(answer.master, answer.followers).split("\n").slice(1)).toEqual([
      "master,10005.60,10005.60,0,2,5.60",
      "f1,5002.40,5002.40,0,2,2.40",
      "f2,100.00,100.00,0,0,0.00",
      "",
    ]);
  });

  test("a profit is converted at the mid and booked half-even to the cent", () => {
    // (1.2000 - 1.1002) · 100000 · 0.01 = 99.80 USD; the mid is 1.2001: 83.1597… EUR.
    const answer = run(
      { eurusd: "1000,1.10000,1.10020\n2000,1.20000,1.20020\n" },
      ["1000,P1,open,EURUSD,buy,0.01,,", "2000,P1,close,,,,,"],
      [{ currency: "EUR", rules: { sizing: { mode: "fixed-volume", volume: "0.01" } } }],
    );
    expect(answer.followers[0]?.profit).toBe(parseFixed("83.16"));
  });

  test("reductions hold the exact target to the nearest step, ties down", () => {
    // T = 0.05 · 20/30 = 0.0333 → 0.03; · 10/30 = 0.01667 → 0.02; · 9/30 = 0.015, a tie → 0.01;
    // · 8/30 = 0.0133 → 0.01: no step.
    const answer = run(
      { eurusd: "1000,1.1,1.1\n" },
      [
        "1000,P1,open,EURUSD,buy,0.30,,",
        "1001,P1,reduce,,,0.10,,",
        "1002,P1,reduce,,,0.10,,",
        "1003,P1,reduce,,,0.01,,",
        "1003,P1,reduce,,,0.01,,",
        "1004,P1,close,,,,,",
      ],
      [{ rules: { sizing: { mode: "fixed-volume", volume: "0.05" } } }],
    );
    expect(short(answer)).toEqual([
      "1 open f1 done 0.05 0.05 1.1",
      "2 reduce f1 done 0.01666667 0.02 1.1",
      "3 reduce f1 done 0.01333333 0.01 1.1",
      "4 reduce f1 done 0.005 0.01 1.1",
      "5 reduce f1 BELOW_VOLUME_STEP 0 0 -",
      "6 close f1 done 0.01 0.01 1.1",
    ]);
  });

  test("both sides carry the stop: ALREADY_CLOSED for who had it, a close for who had not", () => {
    const answer = run(
      { xauusd: "1000,1300,1300.5\n2000,1289.9,1290.4\n" },
      ["1000,P1,open,XAUUSD,buy,0.10,1290,", "2000,P2,open,XAUUSD,sell,0.10,,"],
      [{}, { rules: { stops: { stopLoss: { mode: "none" } } } }],
    );
    expect(short(answer).slice(2, 4)).toEqual([
      "2 close f1 ALREADY_CLOSED - 0 -",
      "2 close f2 done 0.1 0.1 1289.9",
    ]);
    expect(answer.outcomes[2]).toMatchObject({ at: 2000, position: "P1" });
    expect(answer.followers[0]).toMatchObject({ deals: 3, profit: parseFixed("-106") });
  });

  test("a stop-out comes before stops, largest loss first, until the level is back", () => {
    // 1:10, 500 USD: margin 110.02 + 220.04; at 1.0830 each 0.01 lot has lost 17.20 USD.
    const answer = run(
      { eurusd: "1000,1.10000,1.10020\n2000,1.08300,1.08320\n3000,1.07800,1.07820\n" },
      ["1000,P1,open,EURUSD,buy,0.01,,", "1001,P2,open,EURUSD,buy,0.02,,"],
      [{ balance: "210", leverage: "10", rules: { sizing: { mode: "multiplier" } } }],
    );
    // Margin of 0.03 lots is 330.06 and more than the equity: the second open is refused.
    expect(short(answer)[1]).toBe("2 open f1 NO_MONEY 0.02 0 -");
    const poor = run(
      { eurusd: "1000,1.10000,1.10020\n2000,1.04000,1.04020\n" },
      ["1000,P1,open,EURUSD,buy,0.01,,", "1001,P2,open,EURUSD,buy,0.02,,", "2000,P2,close,,,,,"],
      [{ balance: "340", leverage: "10", rules: { sizing: { mode: "multiplier" } } }],
    );
    // Equity 340 - 3 · 60.20 = 159.40 under half of 330.06: the larger goes, then 159.40 / 110.02.
    expect(short(poor)[2]).toBe("3 close f1 ALREADY_CLOSED - 0 -");
    expect(poor.followers[0]).toMatchObject({
      openPositions: 1,
      balance: parseFixed("219.60"),
      equity: parseFixed("159.40"),
    });
  });

  test("risk-percent: one percent of 10000 over 0.0050 is 0.20 lots; without a stop none", () => {
    const rules = { sizing: { mode: "risk-percent", riskPercent: "1" } };
    const answer = run(
      { eurusd: "1000,1.10000,1.10020\n" },
      ["1000,P1,open,EURUSD,buy,1,1.0952,", "1000,P2,open,EURUSD,sell,1,,"],
      [{ rules }],
    );
    expect(short(answer)).toEqual([
      "1 open f1 done 0.2 0.2 1.1002",
      "2 open f1 NO_STOP_LOSS - 0 -",
    ]);
  });

  test("volumes above the largest order are split; names the broker has not are missing", () => {
    const big = {
      balance: "100000000",
      rules: { sizing: { mode: "fixed-volume", volume: "250" } },
    };
    const answer = run(
      { eurusd: "1000,1.1,1.1\n" },
      ["1000,P1,open,EURUSD,buy,1,,"],
      [big, { symbolSuffix: ".a", rules: { symbolMap: { suffix: ".b" } } }],
    );
    expect(short(answer)).toEqual(["1 open f1 done 250 250 1.1", "1 open f2 SYMBOL_MISSING - 0 -"]);
    expect(answer.followers[0]?.deals).toBe(3);
  });

  test("rows that the master cannot carry out are told with their lines", () => {
    const answer = run(
      { eurusd: "1000,1.1,1.1\n2000,1,1\n" },
      ["1000,P1,open,EURUSD,buy,1,1.05,", "1000,P2,open,EURUSD,buy,1,1.2,", "2000,P1,close,,,,,"],
      [{}],
    );
    expect(answer.refused).toEqual([
      { line: 3, wrong: "the stops are not legal" },
      { line: 4, wrong: "the position is already closed" },
    ]);
  });

  test("rules beyond its reach are refused", () => {
    expect(() => run({ eurusd: "1000,1,1\n" }, [], [{ rules: { sides: ["buy"] } }])).toThrow();
  });
});

describe.each([11, 12, 13])("a made workload, seed %i", (seed) => {
  const series: TickSeries[] = WALKS.map((walk, index) =>
    parseTicks(
      `${walk.symbol}-x.csv`,
      Buffer.from(tickCsv(walk, { quotes: 3000, seed: seed + index })),
    ),
  );
  const { trades, accounts } = makeWorkload(series, { rows: 120, followers: 20, seed });
  const context = { positionMode: "hedging" as const, symbols: scriptSymbols(series) };
  const script = parseScript("trades.csv", trades, context);
  const answer = replayOracle({ series, script, accounts });

  test("every signal has one outcome per follower, and every kind of answer occurs", () => {
    const signals = answer.outcomes.at(-1)?.signal ?? 0;
    expect(signals).toBeGreaterThanOrEqual(script.length);
    const keys = new Set(answer.outcomes.map(({ signal, follower }) => `${signal} ${follower}`));
    expect(keys.size).toBe(signals * 20);
    expect(answer.outcomes).toHaveLength(keys.size);
    const seen = new Set(answer.outcomes.flatMap(({ kind, outcome }) => [kind, outcome]));
    for (const word of ["open", "reduce", "close", "protect", "done"] as const) {
      expect(seen.has(word)).toBe(true);
    }
  });

  test("money is conserved and no volume is off the step", () => {
    const rows = [answer.master, ...answer.followers];
    const deposits = [accounts.master, ...accounts.followers];
    expect(rows.map((row) => row.balance - row.profit)).toEqual(deposits.map((one) => one.balance));
    for (const { sent, filled } of answer.outcomes) {
      expect([sent % 1_000_000n, filled % 1_000_000n]).toEqual([0n, 0n]);
    }
  });

  test("the same inputs give the same bytes", () => {
    const again = replayOracle({ series, script, accounts });
    expect(outcomesCsv(again.outcomes)).toBe(outcomesCsv(answer.outcomes));
    expect(accountsCsv(again.master, again.followers)).toBe(
      accountsCsv(answer.master, answer.followers),
    );
  });
});
