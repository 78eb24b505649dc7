/** What an order comes to, and every way in which it is refused. */
import { expect, test } from "vitest";
import { OUTCOME_CODES } from "../../domain/codes.ts";
import { parseFixed } from "../../domain/fixed.ts";
import { type Context, expectRejected, HALF, positionsOf, volumeOf } from "./bench.ts";

export function outcomeTests(context: () => Context): void {
  test("a partial fill says how much, and that much stands", async () => {
    const { bench, order } = context();
    const instruction = order();
    bench.fail({ fault: "half-filled" });
    const outcome = await bench.gateway().execute(instruction);
    expect(outcome).toMatchObject({ status: "partial", filled: HALF });
    expect(volumeOf(await positionsOf(bench, instruction.account))).toBe(HALF);
  });

  test("an open that came too late is refused, a close is not", async () => {
    const { bench, order } = context();
    const opened = await bench.gateway().execute(order());
    const late = { validUntil: bench.now() - 1 };
    const refused = await bench.gateway().execute(order(late));
    expectRejected(refused);
    expect(refused.code).toBe("EXPIRED");
    const close = order({ ...late, kind: "close", positionId: opened.positionId });
    expect((await bench.gateway().execute(close)).status).toBe("done");
  });

  test("a close of a position that is gone is POSITION_GONE, and opens nothing", async () => {
    const { bench, order } = context();
    const { positionId } = await bench.gateway().execute(order());
    await bench.gateway().execute(order({ kind: "close", positionId }));
    const again = await bench.gateway().execute(order({ kind: "close", positionId }));
    expectRejected(again);
    expect(again.code).toBe("POSITION_GONE");
    expect(await positionsOf(bench, order().account)).toEqual([]);
  });

  test("part of a position is closed and the rest keeps its id", async () => {
    const { bench, order } = context();
    const { positionId } = await bench.gateway().execute(order());
    const close = order({ kind: "close", positionId, volume: HALF });
    expect(await bench.gateway().execute(close)).toMatchObject({ status: "done", filled: HALF });
    const rest = await positionsOf(bench, close.account);
    expect(rest).toMatchObject([{ id: positionId, volume: HALF }]);
  });

  test("a stop change that changes nothing is done", async () => {
    const { bench, order } = context();
    const { positionId } = await bench.gateway().execute(order());
    const protect = order({ kind: "protect", positionId, volume: null });
    expect((await bench.gateway().execute(protect)).status).toBe("done");
  });
}

export function refusalTests(context: () => Context): void {
  test("an unknown symbol is refused as such", async () => {
    const { bench, order } = context();
    const outcome = await bench.gateway().execute(order({ symbol: "NOSUCH" }));
    expectRejected(outcome);
    expect(outcome.code).toBe("UNKNOWN_SYMBOL");
  });

  test.each(["0.015", "0.001", "0", "1000000"])(
    "a volume of %s lots is refused, not rounded",
    async (lots) => {
      const { bench, order } = context();
      const outcome = await bench.gateway().execute(order({ volume: parseFixed(lots) }));
      expectRejected(outcome);
      expect(outcome.code).toBe("INVALID_VOLUME");
    },
  );

  test("every refusal of the broker is a closed code, and what may be live is unknown", async () => {
    const { bench, order } = context();
    expect(bench.brokerCodes.length).toBeGreaterThan(0);
    for (const brokerCode of bench.brokerCodes) {
      const instruction = order();
      bench.fail({ fault: "rejected", brokerCode });
      const outcome = await bench.gateway().execute(instruction);
      expect(["rejected", "unknown"]).toContain(outcome.status);
      expect(outcome.code === "IN_FLIGHT").toBe(outcome.status === "unknown");
      expect(Object.hasOwn(OUTCOME_CODES, outcome.code ?? "none")).toBe(true);
      expect(await bench.ordersWith(instruction.key)).toBe(0);
    }
  });
}
