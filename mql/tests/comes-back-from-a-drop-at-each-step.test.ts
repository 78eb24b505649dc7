import { describe, expect, test } from "vitest";
import { canCompile, instruction, Table } from "./table.ts";

describe.skipIf(!canCompile).each(["mt5", "mt4"] as const)("%s", (platform) => {
  test.each(["hello", "proof"])(
    "a link lost at its %s is tried again until it stands",
    async (t) => {
      const table = await Table.laid(platform);
      await table.terminal.quit();
      const dropped = table.hub.dropOn(t);
      table.restart();
      await dropped;
      await table.welcomed(2);
      expect(await table.outcome(instruction("open", 1))).toMatchObject({ status: "done" });
      expect(table.hub.talk.faults).toEqual([]);
      await table.cleared();
    },
  );

  test("a proof that pairs and is lost does not use the code up", async () => {
    const table = await Table.set({ platform });
    await table.hub.dropOn("proof");
    await table.welcomed(1);
    const hellos = table.heard("hello").map(({ device, code }) => [device, code]);
    expect(hellos).toEqual([
      ["", "7QK2M9XA"],
      ["7QK2M9XA", ""],
      ["", "7QK2M9XA"],
    ]);
    expect(await table.outcome(instruction("open", 1))).toMatchObject({ status: "done" });
    await table.cleared();
  });

  test.each(["snapshot", "outcome", "deal"])(
    "a link lost while its %s is on the way: what was traded is traded once",
    async (t) => {
      const table = await Table.laid(platform);
      const dropped = table.hub.dropOn(t);
      const open = instruction("open", 1);
      table.hub.talk.send({ t: "look", id: 3 });
      table.hub.talk.send(open);
      await dropped;
      // Over HTTP the same post comes again, in the same session.
      if (platform === "mt5") await table.welcomed(2);
      expect(await table.outcome(open)).toMatchObject({ status: "done", filled: "0.1" });
      const holding = await table.answer({ t: "look", id: 4 }, "holding");
      expect(holding).toMatchObject({ vol: "0.1", key: open["key"] });
      expect(table.terminal.requests("open")).toHaveLength(1);
      await table.cleared();
    },
  );
});
