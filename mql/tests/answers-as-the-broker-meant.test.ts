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
const own: Readonly<Record<"mt4" | "mt5", readonly Case[]>> = {
  mt5: [
    ["invalid-fill", done, 2],
    ["placed-answer", { status: "working", code: "" }, 1],
    ["retcode:10024 2", done, 3],
    ["retcode:10028", unknown, 1],
    ["retcode:10031", unknown, 1],
    ["retcode:10045", rejected("FIFO_BLOCKED"), 1],
    ["retcode:10046", rejected("HEDGE_PROHIBITED"), 1],
    ["retcode:10777", unknown, 1],
  ],
  mt4: [
    ["retcode:146 2", done, 3],
    ["retcode:1", unknown, 1],
    ["retcode:142", unknown, 1],
    ["retcode:150", rejected("FIFO_BLOCKED"), 1],
    ["retcode:149", rejected("HEDGE_PROHIBITED"), 1],
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
