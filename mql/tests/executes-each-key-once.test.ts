import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { canCompile, instruction, keyNumber, Table } from "./table.ts";

describe.skipIf(!canCompile).each(["mt5", "mt4"] as const)("%s", (platform) => {
  test("the same key twice gives the same outcome and one order", async () => {
    const table = await Table.laid(platform);
    const first = await table.outcome(instruction("open", 1));
    expect(first).toMatchObject({ status: "done", filled: "0.1", code: "" });
    const again = await table.outcome(instruction("open", 1));
    expect({ ...again, n: 0, st: 0 }).toEqual({ ...first, n: 0, st: 0 });
    expect(table.terminal.requests("open")).toHaveLength(1);
    expect(table.hub.talk.faults).toEqual([]);
    await table.cleared();
  });

  test("a lower fence is refused and an open past its time expires", async () => {
    const table = await Table.laid(platform);
    await table.outcome(instruction("open", 1, { fence: 7 }));
    expect(await table.outcome(instruction("open", 2, { fence: 6 }))).toMatchObject({
      status: "rejected",
      code: "FENCED",
      fence: 6,
    });
    const until = Date.now() - 1_000;
    expect(await table.outcome(instruction("open", 3, { fence: 7, until }))).toMatchObject({
      status: "rejected",
      code: "EXPIRED",
    });
    expect(table.terminal.requests("open")).toHaveLength(1);
    await table.cleared();
  });

  test.each(["kill-before-send", "kill-after-send"])(
    "%s: the journal outlives the terminal, and the key is not sent again",
    async (fault) => {
      const table = await Table.laid(platform);
      await table.tell(`fault ${fault}`);
      table.hub.talk.send(instruction("open", 1));
      expect(await table.terminal.exited).toBe(137);
      table.restart();
      await table.welcomed(2);
      const sent = fault === "kill-after-send";
      const again = await table.outcome(instruction("open", 1), sent);
      expect(again["status"]).toBe(sent ? "done" : "unknown");
      const found = await table.answer({ t: "find", id: 9, key: keyNumber(1) }, "found");
      expect(found["status"]).toBe(sent ? "done" : "not-found");
      expect(table.terminal.requests("open")).toHaveLength(sent ? 1 : 0);
      await table.cleared();
    },
  );

  test("with the journal lost, the broker still knows the key", async () => {
    const table = await Table.laid(platform);
    await table.tell("fault kill-after-send");
    table.hub.talk.send(instruction("open", 1));
    await table.terminal.exited;
    rmSync(join(table.terminal.folder, "Files/Lockstep/5001-Shim-Demo/journal.txt"));
    table.restart();
    await table.welcomed(2);
    expect(await table.outcome(instruction("open", 1))).toMatchObject({ status: "done" });
    expect(table.terminal.requests("open")).toHaveLength(1);
    await table.cleared();
  });

  test("a time-out after execution is unknown, then found, never sent again", async () => {
    const table = await Table.laid(platform);
    await table.tell("fault timeout-executed");
    const outcome = await table.outcome(instruction("open", 1));
    expect(outcome).toMatchObject({ status: "done", filled: "0.1" });
    expect(table.heard("outcome")[0]).toMatchObject({ status: "unknown", code: "IN_FLIGHT" });
    expect(table.terminal.requests("open")).toHaveLength(1);
    await table.cleared();
  });

  test("a link lost before and after the reply costs no outcome and makes no second order", async () => {
    const table = await Table.laid(platform);
    for (const [index, fault] of ["drop-before-reply", "drop-after-reply"].entries()) {
      await table.tell(`fault ${fault}`);
      table.hub.talk.send(instruction("open", index + 1));
      if (platform === "mt5") await table.welcomed(index + 2);
      const outcome = await table.outcome(instruction("open", index + 1));
      expect(outcome["status"]).toBe("done");
    }
    expect(table.terminal.requests("open")).toHaveLength(2);
    await table.cleared();
  });
});

test.skipIf(!canCompile)(
  "netting: an open that ends the other side is found after a time-out",
  async () => {
    const table = await Table.laid("mt5", ["account mode=netting"]);
    for (const [index, vol] of ["0.30", "0.10", "0.20"].entries()) {
      const side = index === 0 ? "buy" : "sell";
      if (index > 0) await table.tell("fault timeout-executed");
      const asked = instruction("open", index + 1, { side, vol });
      const outcome = await table.outcome(asked);
      expect(outcome, vol).toMatchObject({ status: "done", filled: String(Number(vol)) });
      const found = await table.answer(
        { t: "find", id: 10 + index, key: keyNumber(index + 1) },
        "found",
      );
      expect(found).toMatchObject({ status: "done", filled: String(Number(vol)) });
    }
    expect(table.terminal.requests("open")).toHaveLength(3);
    expect(await table.answer({ t: "look", id: 30 }, "snapshot")).toMatchObject({ positions: 0 });
    await table.cleared();
  },
);
