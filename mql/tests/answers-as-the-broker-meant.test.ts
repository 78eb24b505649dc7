import { describe, expect, test } from "vitest";
import { canCompile, instruction, Table } from "./table.ts";

type Case = readonly [fault: string, outcome: Readonly<Record<string, unknown>>, requests: number];

const done = { status: "done", code: "" };
const rejected = (code: string) => ({ status: "rejected", code, filled: "0" });
const unknown = { status: "unknown", code: "IN_FLIGHT" };

const common: readonly Case[] = [
  ["requote 2", done, 3],
  ["requote 9", rejected("REQUOTE"), 4],
  ["off-quotes 9", rejected("PRICE_OFF"), 4],
  ["market-closed", rejected("MARKET_CLOSED"), 1],
  ["invalid-stops", rejected("INVALID_STOPS"), 1],
  ["partial", { status: "partial", code: "", filled: "0.05" }, 1],
  ["timeout-lost", unknown, 1],
];
/** Once with another filling mode, and with none after that. */
const retried = (code: string, requests = 4) => [rejected(code), requests] as const;

const own: Readonly<Record<"mt4" | "mt5", readonly Case[]>> = {
  mt5: [
    ["invalid-fill", done, 2],
    ["placed-answer", { status: "working", code: "" }, 1],
    ["price-changed 2", done, 3],
    ["price-changed 9", ...retried("REQUOTE")],
    ["retcode:10024 2", done, 3],
    ...[10011, 10028, 10029, 10031, 10039, 10777].map(
      (ret): Case => [`retcode:${ret}`, unknown, 1],
    ),
    ["retcode:10030 9", ...retried("INVALID_FILL", 2)],
    ...Object.entries({
      ...{ 10006: "BROKER_REJECTED", 10013: "INVALID_REQUEST", 10014: "INVALID_VOLUME" },
      ...{ 10015: "INVALID_PRICE", 10016: "INVALID_STOPS", 10017: "TRADE_DISABLED" },
      ...{ 10018: "MARKET_CLOSED", 10019: "NO_MONEY", 10033: "LIMIT_ORDERS" },
      ...{ 10034: "LIMIT_VOLUME", 10040: "LIMIT_POSITIONS", 10044: "CLOSE_ONLY" },
      ...{ 10045: "FIFO_BLOCKED", 10046: "HEDGE_PROHIBITED" },
    }).map(([ret, code]): Case => [`retcode:${ret}`, rejected(code), 1]),
  ],
  mt4: [
    ...[4, 6, 8, 129, 135, 136, 137, 138, 141, 146].map(
      (error): Case => [`retcode:${error} 2`, done, 3],
    ),
    ["retcode:135 9", ...retried("REQUOTE")],
    ["retcode:137 9", ...retried("TOO_MANY_REQUESTS")],
    ...[1, 128, 142].map((error): Case => [`retcode:${error}`, unknown, 1]),
    ...Object.entries({
      ...{ 131: "INVALID_VOLUME", 132: "MARKET_CLOSED", 133: "TRADE_DISABLED", 134: "NO_MONEY" },
      ...{ 145: "FROZEN", 148: "LIMIT_ORDERS", 149: "HEDGE_PROHIBITED", 150: "FIFO_BLOCKED" },
    }).map(([error, code]): Case => [`retcode:${error}`, rejected(code), 1]),
  ],
};

describe.skipIf(!canCompile).each(["mt5", "mt4"] as const)("%s", (platform) => {
  test("each fault has its outcome, and only what was definitely refused is sent again", async () => {
    const table = await Table.laid(platform);
    for (const [index, [fault, outcome, requests]] of [...common, ...own[platform]].entries()) {
      await table.tell(`fault ${fault}`);
      const before = table.terminal.requests("open").length;
      expect(await table.outcome(instruction("open", index + 1), false), fault).toMatchObject(
        outcome,
      );
      expect(table.terminal.requests("open").length - before, fault).toBe(requests);
      await table.tell(`fault ${fault.split(" ")[0]} 0`);
    }
    await table.cleared();
  });

  test("no fault of a close is more than a refusal, and the position is closed by the next key", async () => {
    const table = await Table.laid(platform);
    const pos = String((await table.outcome(instruction("open", 1)))["pos"]);
    const frozen = platform === "mt5" ? "retcode:10029" : "retcode:145";
    const cases = [
      ["requote 9", rejected("REQUOTE")],
      ["off-quotes 9", rejected("PRICE_OFF")],
      ["market-closed", rejected("MARKET_CLOSED")],
      [frozen, platform === "mt5" ? unknown : rejected("FROZEN")],
      ["timeout-lost", unknown],
    ] as const;
    for (const [index, [fault, outcome]] of cases.entries()) {
      await table.tell(`fault ${fault}`);
      const close = instruction("close", index + 2, { pos });
      expect(await table.outcome(close, false), fault).toMatchObject(outcome);
      await table.tell(`fault ${fault.split(" ")[0]} 0`);
    }
    await table.tell("fault requote 2");
    const close = instruction("close", 9, { pos });
    expect(await table.outcome(close)).toMatchObject({ ...done, filled: "0.1" });
    const again = instruction("close", 10, { pos });
    expect(await table.outcome(again)).toMatchObject(rejected("POSITION_GONE"));
    await table.cleared();
  });

  test("a stop change and a pending order are tried again after a requote, and refused as meant", async () => {
    const table = await Table.laid(platform);
    const pos = String((await table.outcome(instruction("open", 1)))["pos"]);
    await table.tell("fault requote 2");
    const protect = { pos, vol: "", sl: "1.09" };
    expect(await table.outcome(instruction("protect", 2, protect))).toMatchObject(done);
    await table.tell("fault invalid-stops");
    const wrong = { ...protect, sl: "1.08" };
    expect(await table.outcome(instruction("protect", 3, wrong))).toMatchObject(
      rejected("INVALID_STOPS"),
    );
    await table.tell("fault market-closed");
    const order = { type: "limit", price: "1.09" };
    expect(await table.outcome(instruction("place", 4, order))).toMatchObject(
      rejected("MARKET_CLOSED"),
    );
    if (platform === "mt4") {
      await table.tell("fault no-expiries");
      const expiry = Date.now() + 86_400_000;
      const placed = await table.outcome(instruction("place", 5, { ...order, expiry }), false);
      expect(placed).toMatchObject({ status: "done" });
      expect(await table.answer({ t: "look", id: 3 }, "pending")).toMatchObject({ expiry: 0 });
    }
    await table.cleared();
  });

  test("what cannot be right is refused before it is sent", async () => {
    const table = await Table.laid(platform);
    const cases = [
      [instruction("open", 1, { sym: "NOPE" }), "UNKNOWN_SYMBOL"],
      [instruction("open", 2, { vol: "0.105" }), "INVALID_VOLUME"],
      [instruction("close", 3, { pos: "77" }), "POSITION_GONE"],
      [instruction("protect", 4, { pos: "77", vol: "" }), "POSITION_GONE"],
      [instruction("cancel", 5, { order: "77", vol: "" }), "ORDER_GONE"],
    ] as const;
    for (const [message, code] of cases) {
      expect(await table.outcome(message)).toMatchObject({ status: "rejected", code });
    }
    expect(table.terminal.brokerLog().filter(({ type }) => type === "request")).toEqual([]);
    await table.cleared();
  });

  test("a stop change that changes nothing is done, and blanked comments lose no key", async () => {
    const table = await Table.laid(platform, ["account blank-comments=1"]);
    const opened = await table.outcome(instruction("open", 1, { sl: "1.09" }));
    const protect = { pos: String(opened["pos"]), vol: "", sl: "1.09" };
    expect(await table.outcome(instruction("protect", 2, protect))).toMatchObject(done);
    const holding = await table.answer({ t: "look", id: 2 }, "holding");
    expect(holding).toMatchObject({ key: instruction("open", 1)["key"], cmt: "", sl: "1.09" });
    await table.cleared();
  });

  test("a terminal that is a master only trades nothing", async () => {
    const table = await Table.laid(platform, ["input InpRole 1"]);
    expect(await table.outcome(instruction("open", 1))).toMatchObject(rejected("TRADE_DISABLED"));
    expect(table.terminal.requests("open")).toEqual([]);
    await table.cleared();
  });
});
