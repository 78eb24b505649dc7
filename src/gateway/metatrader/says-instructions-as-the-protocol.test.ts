import { expect, test } from "vitest";
import { parseFixed } from "../../domain/fixed.ts";
import { isInSession } from "../../domain/sessions.ts";
import { accountRef, instructionOf } from "../../testing/simulated-broker.ts";
import { instructionLine, specOf } from "./translate.ts";
import type { SymbolFields } from "./wire.ts";

const account = accountRef("a");
const lineOf = (one: Parameters<typeof instructionLine>[0], offsetMs = 0) =>
  JSON.parse(instructionLine(one, 5, offsetMs));

test("a stop-limit order has both its prices, and the server's time to end", () => {
  const pending = {
    ...({ type: "sell-stop-limit", expiresAt: 7_200_000 } as const),
    price: parseFixed("1.09"),
    limitPrice: parseFixed("1.091"),
  };
  const line = lineOf(
    { ...instructionOf(account), kind: "place", side: "sell", pending },
    -3_600_000,
  );
  expect(line).toMatchObject({ type: "stop-limit", price: "1.09", limit: "1.091" });
  expect(line).toMatchObject({ expiry: 10_800_000, by: "" });
});

test("a close-by names both positions and no volume", () => {
  const { pending: _, orderId: __, ...one } = instructionOf(account);
  const pair = { positionId: "11", byPositionId: "12" };
  const line = lineOf({ ...one, ...pair, kind: "close-by", volume: null, validUntil: null });
  expect(line).toMatchObject({ kind: "close-by", pos: "11", by: "12", vol: "", type: "market" });
});

const fields: SymbolFields = {
  ...{ sym: "EURUSD", digits: 5, tick: "0.00001", tickvalue: "1", contract: "100000" },
  ...{ vmin: "0.01", vmax: "100", vstep: "0.01", base: "EUR", quoted: "USD", stops: 0, freeze: 0 },
  ...{ mode: "full", fill: 3, exec: "market", sess: "1445-4315,5765-7195" },
};

test("sessions are the server's hours by weekday, and none are no sessions known", () => {
  const { sessions } = specOf(fields, -7_200_000);
  if (sessions === undefined) throw new TypeError("no sessions");
  expect(sessions.days.map((hours) => hours.length)).toEqual([0, 1, 1, 0, 1, 0, 0]);
  // Monday 00:05 of a server two hours ahead is Sunday 22:05 in UTC; it goes on over midnight.
  const at = (text: string): boolean => isInSession(sessions, Date.parse(text));
  expect(at("2026-01-04T22:04:59Z")).toBe(false);
  expect(at("2026-01-04T22:05:00Z")).toBe(true);
  expect(at("2026-01-05T22:00:00Z")).toBe(true);
  expect(at("2026-01-06T21:54:59Z")).toBe(true);
  expect(at("2026-01-06T21:55:00Z")).toBe(false);
  expect(specOf({ ...fields, sess: "" }, 0)).not.toHaveProperty("sessions");
});
