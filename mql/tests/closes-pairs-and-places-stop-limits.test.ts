import { describe, expect, test } from "vitest";
import type { Message } from "./line-hub.ts";
import { canCompile, eventually, instruction, Table } from "./table.ts";

/** The position that an open of ours has made. */
async function opened(table: Table, number: number, more: Partial<Message>): Promise<string> {
  const outcome = await table.outcome(instruction("open", number, more));
  expect(outcome).toMatchObject({ status: "done" });
  return String(outcome["pos"]);
}

describe.skipIf(!canCompile).each(["mt5", "mt4"] as const)("%s", (platform) => {
  test("opposite positions end each other once, and the larger keeps the rest", async () => {
    const table = await Table.laid(platform);
    const pos = await opened(table, 1, { vol: "0.30" });
    const by = await opened(table, 2, { side: "sell", vol: "0.10" });
    const closeBy = instruction("close-by", 3, { pos, by, vol: "" });
    const outcome = await table.outcome(closeBy);
    expect(outcome).toMatchObject({ status: "done", code: "", pos, filled: "0.1" });
    const again = await table.outcome(closeBy);
    expect({ ...again, n: 0, st: 0 }).toEqual({ ...outcome, n: 0, st: 0 });
    expect(table.terminal.requests("close-by")).toHaveLength(1);
    const outs = await eventually(() => {
      const found = table.heard("deal").filter(({ entry }) => entry === "out");
      return found.length === 2 && found;
    }, "two deals that close");
    expect(new Set(outs.map(({ dpos }) => dpos))).toEqual(new Set([pos, by]));
    const holding = await table.answer({ t: "look", id: 4 }, "holding");
    expect(holding).toMatchObject({ pos, vol: "0.2", side: "buy" });
    expect(await table.answer({ t: "look", id: 5 }, "snapshot")).toMatchObject({ positions: 1 });
    expect(table.hub.talk.faults).toEqual([]);
    await table.cleared();
  });

  test("what is no pair of opposite positions is refused before it is sent", async () => {
    const table = await Table.laid(platform);
    const pos = await opened(table, 1, {});
    const same = await opened(table, 2, {});
    const other = await opened(table, 3, { sym: "XAUUSD", side: "sell", vol: "0.01" });
    const cases = [
      [{ pos, by: same }, "INVALID_REQUEST"],
      [{ pos, by: other }, "INVALID_REQUEST"],
      [{ pos, by: "77" }, "POSITION_GONE"],
      [{ pos: "77", by: pos }, "POSITION_GONE"],
      [{ pos: other, by: pos }, "POSITION_GONE"],
    ] as const;
    for (const [index, [pair, code]] of cases.entries()) {
      const asked = instruction("close-by", 10 + index, { ...pair, vol: "" });
      expect(await table.outcome(asked)).toMatchObject({ status: "rejected", code });
    }
    expect(table.terminal.requests("close-by")).toEqual([]);
    await table.cleared();
  });

  test("a close-by whose answer a kill cut off is found, and not sent again", async () => {
    const table = await Table.laid(platform);
    const pos = await opened(table, 1, { vol: "0.20" });
    const by = await opened(table, 2, { side: "sell", vol: "0.20" });
    await table.tell("fault kill-after-send");
    const closeBy = instruction("close-by", 3, { pos, by, vol: "" });
    table.hub.talk.send(closeBy);
    expect(await table.terminal.exited).toBe(137);
    table.restart();
    await table.welcomed(2);
    expect(await table.outcome(closeBy)).toMatchObject({ status: "done", filled: "0.2" });
    expect(table.terminal.requests("close-by")).toHaveLength(1);
    await table.cleared();
  });

  test("a stop-limit order stands, is changed, becomes a limit order and fills", async () => {
    const table = await Table.laid(platform);
    const order = { type: "stop-limit", price: "1.10500", limit: "1.10400" };
    const placed = await table.outcome(instruction("place", 1, order), false);
    if (platform === "mt4") {
      expect(placed).toMatchObject({ status: "rejected", code: "INVALID_REQUEST" });
      expect(table.terminal.requests("place")).toEqual([]);
      return table.cleared();
    }
    expect(placed).toMatchObject({ status: "done", filled: "0" });
    const pending = await table.answer({ t: "look", id: 4 }, "pending");
    expect(pending).toMatchObject({ type: "stop-limit", price: "1.105", limit: "1.104" });
    const moved = { ...order, order: String(placed["order"]), vol: "", limit: "1.10450" };
    expect(await table.outcome(instruction("change", 2, moved))).toMatchObject({ status: "done" });
    await table.tell("tick EURUSD 1.10490 1.10500");
    await table.tell("tick EURUSD 1.10430 1.10440");
    const [deal] = await eventually(
      () => table.heard("deal").length > 0 && table.heard("deal"),
      "a deal",
    );
    expect(deal).toMatchObject({ entry: "in", oid: String(placed["order"]), price: "1.1044" });
    const told = table.heard("order").map(({ state, type, limit }) => [state, type, limit]);
    expect(told.slice(0, 2)).toEqual([
      ["placed", "stop-limit", "1.104"],
      ["changed", "stop-limit", "1.1045"],
    ]);
    expect(told.at(-1)?.[0]).toBe("filled");
    const none = instruction("place", 3, { ...order, limit: "" });
    expect(await table.outcome(none)).toMatchObject({ status: "rejected", code: "INVALID_PRICE" });
    await table.cleared();
  });

  test("sessions, and what the account may not do, are told", async () => {
    const sessions = "1445-2875,2875-4315,5765-7195";
    const table = await Table.laid(platform, [
      "account fifo=1 one-sided=1",
      `symbol EURUSD sessions=${sessions}`,
    ]);
    const status = await eventually(() => table.heard("status")[0], "status");
    const [fifo, hedge] = platform === "mt5" ? [1, 0] : [0, 1];
    expect(status).toMatchObject({ fifo, hedge });
    await table.answer({ t: "symbols", id: 4, sym: "" }, "end");
    const told = table.heard("symbol").map(({ sym, sess }) => [sym, sess]);
    expect(told).toEqual([
      ["EURUSD", "1445-4315,5765-7195"],
      ["XAUUSD", "0-10080"],
    ]);
    await table.cleared();
  });
});

test.skipIf(!canCompile)("a netting account has no opposite positions to end", async () => {
  const table = await Table.laid("mt5", ["account mode=netting"]);
  const pos = await opened(table, 1, {});
  const asked = instruction("close-by", 2, { pos, by: pos, vol: "" });
  expect(await table.outcome(asked)).toMatchObject({ status: "rejected", code: "INVALID_REQUEST" });
  await table.cleared();
});
