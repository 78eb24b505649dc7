import { expect, test } from "vitest";
import type { LoggedCopy, LoggedInstruction } from "../../records/copy-log.ts";
import { copyLine, sumsOf } from "./copy-log.ts";

const AT = Date.UTC(2025, 2, 12, 14, 2, 11);

function instruction(change: Partial<LoggedInstruction> = {}): LoggedInstruction {
  return {
    ...{ origin_id: "s", part: 1, attempt: 1, symbol: "EURUSD.a", volume: "0.5", state: "done" },
    ...{ code: null, filled: "0.5", price: "1.10012" },
    sent_at: new Date(AT + 6),
    recorded_at: new Date(AT + 86),
    ...change,
  };
}

function copy(change: Partial<LoggedCopy> = {}): LoggedCopy {
  return {
    ...{ signal_id: "s", sequence: 12, kind: "open", symbol: "EURUSD", digits: 5, side: "buy" },
    ...{ master_volume: "1", master_price: "1.1", age_ms: 3, decision: "copy", reason: null },
    ...{ wanted: "0.503", steps: [], rules_version: 1 },
    at: new Date(AT - 3),
    received_at: new Date(AT),
    decided_at: new Date(AT + 4),
    instructions: [instruction()],
    ...change,
  };
}

test("a line tells wanted, sent and filled, and where the time went", () => {
  expect(copyLine(copy(), {})).toMatchObject({
    ...{ masterLots: "1.00", wanted: "0.503", sent: "0.50", filled: "0.50" },
    ...{ masterPrice: "1.10000", price: "1.10012", slippage: "+12 pt", slippageTone: "down" },
    ...{ standing: "done", total: "86 ms" },
    stages: [
      { name: "seen", text: "3.0 ms" },
      { name: "sent", text: "6.0 ms" },
      { name: "answered", text: "80 ms" },
      { name: "decided", text: "4.0 ms" },
    ],
  });
});

test("a cheaper price is better for who buys, and worse for who sells", () => {
  const cheaper = { instructions: [instruction({ price: "1.09990" })] };
  expect(copyLine(copy(cheaper), {}).slippage).toBe("−10 pt");
  expect(copyLine(copy({ ...cheaper, side: "sell" }), {}).slippage).toBe("+10 pt");
  expect(copyLine(copy({ ...cheaper, kind: "close" }), {}).slippage).toBe("+10 pt");
});

test("fills of several attempts are one price and one volume", () => {
  const instructions = [
    instruction({ state: "partial", code: "PARTIAL", filled: "0.2", price: "1.10000" }),
    instruction({ attempt: 2, volume: "0.3", filled: "0.3", price: "1.10010" }),
  ];
  expect(copyLine(copy({ instructions }), {})).toMatchObject({
    ...{ sent: "0.50", filled: "0.50", price: "1.10006", standing: "done" },
  });
});

test("what is not known is not called done", () => {
  const standing = (change: Partial<LoggedCopy>) => copyLine(copy(change), {}).standing;
  const unknown = { state: "unknown", code: "IN_FLIGHT", filled: "0", recorded_at: null };
  expect(standing({ instructions: [instruction(unknown)] })).toBe("unknown");
  expect(standing({ instructions: [] })).toBe("waiting");
  expect(standing({ decision: null, instructions: [] })).toBe("waiting");
  expect(standing({ decision: "skip", reason: "STALE", instructions: [] })).toBe("skipped");
});

test("sums count each signal once, and give the reasons by number", () => {
  const skipped = copy({ decision: "skip", reason: "BELOW_MIN_VOLUME", instructions: [] });
  const sums = sumsOf([
    copy(),
    copy(),
    skipped,
    skipped,
    copy({ decision: null, instructions: [] }),
  ]);
  expect(sums).toMatchObject({ signals: "5", copied: "2", skipped: "2", rate: "50 %" });
  expect(sums).toMatchObject({ slippageMedian: "12 pt", latencyP95: "86 ms" });
  expect(sums.reasons).toEqual([{ words: expect.stringContaining("minimum"), many: 2 }]);
});
