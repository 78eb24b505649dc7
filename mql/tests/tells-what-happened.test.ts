import { describe, expect, test } from "vitest";
import type { Message } from "./line-hub.ts";
import { canCompile, eventually, instruction, keyNumber, Table } from "./table.ts";

const seqs = (table: Table): number[] =>
  table.hub.talk.heard.flatMap(({ seq, t }) =>
    ["deal", "position", "order", "cash"].includes(t) ? [Number(seq)] : [],
  );

async function told(table: Table, t: string, count: number): Promise<Message[]> {
  return await eventually(
    () => (table.heard(t).length >= count ? table.heard(t) : undefined),
    `${count} × ${t}; heard ${JSON.stringify(table.hub.talk.heard.slice(-5))}`,
  );
}

async function payments(table: Table, count: number) {
  const lines = await told(table, "cash", count);
  return lines.map(({ kind, amount, cmt }) => [kind, amount, cmt]);
}

describe.skipIf(!canCompile).each(["mt5", "mt4"] as const)("%s", (platform) => {
  test("a hand's open, stops, partial close and close are told in order, as one position", async () => {
    const table = await Table.laid(platform);
    await table.tell("open EURUSD buy 0.30");
    const [opened] = await told(table, "deal", 1);
    expect(opened).toMatchObject({ entry: "in", dvol: "0.3", vol: "0.3", reason: "client" });
    expect(opened).toMatchObject({ key: "", sl: "", bal: "10000" });
    const id = Number(opened?.["pos"]);
    await table.tell(`protect ${id} sl=1.09`);
    expect((await told(table, "position", 1))[0]).toMatchObject({ pos: `${id}`, sl: "1.09" });
    await table.tell(`close ${id} 0.10`);
    const part = (await told(table, "deal", 2))[1];
    expect(part).toMatchObject({ entry: "out", dvol: "0.1", vol: "0.2", pos: `${id}` });
    const holding = await table.answer({ t: "look", id: 4 }, "holding");
    expect(holding).toMatchObject({ pos: `${id}`, vol: "0.2", sl: "1.09" });
    const closed = await table.outcome(
      instruction("close", 1, { pos: `${id}`, vol: "0.20", fence: 9 }),
    );
    expect(closed).toMatchObject({ status: "done", filled: "0.2", pos: `${id}` });
    expect((await told(table, "deal", 3))[2]).toMatchObject({ entry: "out", vol: "0" });
    expect(seqs(table)).toEqual([1, 2, 3, 4]);
    expect(table.hub.talk.faults).toEqual([]);
    await table.cleared();
  });

  test("what a hand or a stop ends bears no key, though a key of ours opened it", async () => {
    const table = await Table.laid(platform);
    for (const number of [1, 2, 3]) await table.outcome(instruction("open", number));
    const [one, two, three] = table.terminal.requests("open").map((_, at) => 1001 + 2 * at);
    await table.tell(`close ${one} 0.10`);
    await table.tell(`protect ${two} sl=1.09900`);
    await table.tell("tick EURUSD 1.09890 1.09900");
    await table.outcome(instruction("close", 4, { pos: String(three), vol: "0.10" }));
    const deals = await told(table, "deal", 6);
    expect(deals.slice(0, 3).map(({ dkey }) => dkey)).toEqual([1, 2, 3].map(keyNumber));
    const keys = deals.slice(3).map(({ dpos, dkey }) => [dpos, dkey]);
    expect(keys).toEqual([
      [String(one), ""],
      [String(two), ""],
      [String(three), keyNumber(4)],
    ]);
    await table.cleared();
  });

  test("pending orders are placed, changed, cancelled and filled", async () => {
    const table = await Table.laid(platform);
    const order = { type: "limit", price: "1.09000" };
    const placed = await table.outcome(instruction("place", 1, order), false);
    expect(placed).toMatchObject({ status: "done", code: "", filled: "0" });
    const ticket = String(placed["order"]);
    const moved = { order: ticket, type: "limit", vol: "0.10", price: "1.09500" };
    expect(await table.outcome(instruction("change", 2, moved))).toMatchObject({ status: "done" });
    await table.tell("tick EURUSD 1.09480 1.09490");
    const [deal] = await told(table, "deal", 1);
    expect(deal).toMatchObject({ entry: "in", dvol: "0.1", side: "buy" });
    expect(deal).toMatchObject({ oid: ticket, dkey: placed["key"] });
    const second = await table.outcome(instruction("place", 3, { ...order, price: "1.08" }), false);
    const cancel = { order: String(second["order"]), vol: "" };
    expect(await table.outcome(instruction("cancel", 4, cancel))).toMatchObject({ status: "done" });
    const states = (await told(table, "order", 5)).map(({ state }) => state);
    expect(states).toEqual(["placed", "changed", "filled", "placed", "cancelled"]);
    await table.cleared();
  });

  test("a watched symbol is priced before the snapshot that is asked for next", async () => {
    const table = await Table.laid(platform);
    await table.tell("tick EURUSD 1.10100 1.10110");
    for (const sym of ["EURUSD", "XAUUSD"]) table.hub.talk.send({ t: "watch", sym, on: 1 });
    await table.answer({ t: "look", id: 4 }, "snapshot");
    const types = table.hub.talk.heard.map(({ t }) => t);
    const quotes = table.hub.talk.heard
      .slice(0, types.indexOf("snapshot"))
      .filter(({ t }) => t === "quote");
    expect(quotes.map(({ sym, bid }) => [sym, bid])).toEqual([
      ["EURUSD", "1.101"],
      ["XAUUSD", "2000"],
    ]);
    await table.cleared();
  });

  test("a dropped hub is come back to, and what happened meanwhile shows as a hole", async () => {
    const table = await Table.laid(platform);
    await table.tell("open EURUSD buy 0.30");
    await told(table, "deal", 1);
    if (platform === "mt5") {
      table.hub.drop();
      await table.tell("open XAUUSD sell 0.20");
      await table.welcomed(2);
      expect(table.heard("hello").at(-1)?.["seq"]).toBe(2);
    }
    await table.tell("pay 500");
    const [cash] = await told(table, "cash", 1);
    expect(cash).toMatchObject({ kind: "deposit", amount: "500", bal: "10500" });
    expect(table.hub.talk.faults).toEqual([]);
    await table.cleared();
  });

  test("what is paid in and out is told as such, and told again from the history", async () => {
    const table = await Table.laid(platform);
    const own =
      platform === "mt5"
        ? ["-12.5 charge custody", "-3 tax", "1.25 interest", "7 dividend", "2 correction"]
        : [];
    for (const payment of ["500 balance wire 17", "-200 balance", "50 credit promo", ...own]) {
      await table.tell(`pay ${payment}`);
    }
    const told = await payments(table, 3 + own.length);
    expect(told.slice(0, 3)).toEqual([
      ["deposit", "500", "wire 17"],
      ["withdrawal", "-200", ""],
      ["credit", "50", "promo"],
    ]);
    expect(told.slice(3)).toEqual(
      platform === "mt4"
        ? []
        : [
            ["fee", "-12.5", "custody"],
            ["fee", "-3", ""],
            ["interest", "1.25", ""],
            ["dividend", "7", ""],
            ["correction", "2", ""],
          ],
    );
    const last = table.heard("cash").at(-1);
    expect(last).toMatchObject({ cred: "50", bal: platform === "mt5" ? "10294.75" : "10300" });
    const end = await table.answer(
      { t: "payments", id: 8, from: 0, to: Date.now() + 86_400_000 },
      "end",
    );
    expect(end).toMatchObject({ ok: 1, count: told.length });
    const again = table.heard("paid").map(({ kind, amount, cmt }) => [kind, amount, cmt]);
    expect(again).toEqual(told);
    expect(table.heard("paid").map(({ pid }) => pid)).toEqual(
      table.heard("cash").map(({ id }) => id),
    );
    const past = await table.answer(
      { t: "history", id: 9, from: 0, to: Date.now() + 86_400_000 },
      "end",
    );
    expect(past).toMatchObject({ ok: 1, count: 0 });
    expect(table.hub.talk.faults).toEqual([]);
    await table.cleared();
  });

  test("the panel says what is wrong and what to do, and a paused terminal stays away", async () => {
    const table = await Table.laid(platform);
    expect(await eventually(() => /CONNECTED/.test(table.terminal.panel()), "CONNECTED")).toBe(
      true,
    );
    await table.tell("trade-button 0");
    const off = await eventually(
      () => table.heard("status").find(({ trade }) => trade === 0),
      "status",
    );
    expect(off["why"]).toMatch(/Algo Trading is off/);
    table.hub.talk.send({ t: "refused", code: "REPLACED", words: "Another.", retry: 0, epoch: 0 });
    const paused = await eventually(
      () => (/PAUSED/.test(table.terminal.panel()) ? table.terminal.panel() : undefined),
      "PAUSED",
    );
    expect(paused).toContain("REPLACED: Another.");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(table.hub.talk.sessions).toBe(1);
    await table.cleared();
  });
});

describe.skipIf(!canCompile)("on a netting account", () => {
  const script = ["account mode=netting"];

  test("a reversal keeps the position's id and raises its leg", async () => {
    const table = await Table.laid("mt5", script);
    await table.tell("open EURUSD buy 0.30");
    await table.tell("open EURUSD sell 0.50");
    const [opened, turned] = await told(table, "deal", 2);
    expect(table.heard("hello")[0]).toMatchObject({ mode: "netting" });
    expect(turned).toMatchObject({ entry: "inout", dleg: 1, leg: 1, side: "sell", vol: "0.2" });
    expect(turned?.["pos"]).toBe(opened?.["pos"]);
    await table.cleared();
  });

  test("a close too many opens nothing", async () => {
    const table = await Table.laid("mt5", script);
    await table.tell("open EURUSD buy 0.30");
    const [opened] = await told(table, "deal", 1);
    const close = { pos: String(opened?.["pos"]), vol: "0.30" };
    expect(await table.outcome(instruction("close", 1, close))).toMatchObject({ status: "done" });
    for (const number of [2, 3]) {
      expect(await table.outcome(instruction("close", number, close))).toMatchObject({
        status: "rejected",
        code: "POSITION_GONE",
      });
    }
    await table.cleared();
  });
});

test.skipIf(!canCompile)("a deal whose trade event is lost is told all the same", async () => {
  const table = await Table.laid("mt5", ["fault lost-event 9"]);
  await table.tell("open EURUSD buy 0.30");
  expect((await told(table, "deal", 1))[0]).toMatchObject({ dvol: "0.3" });
  await table.cleared();
});
test.skipIf(!canCompile)("a change that no deal explains in time becomes a gap", async () => {
  const table = await Table.laid("mt5");
  await table.tell("hide-history 4000");
  await table.tell("open EURUSD buy 0.30");
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const snapshot = await table.answer({ t: "look", id: 3 }, "snapshot");
  expect(snapshot).toMatchObject({ seq: 1, positions: 1 });
  expect(table.heard("deal")).toEqual([]);
  await table.cleared();
});
