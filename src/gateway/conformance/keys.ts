/** One order per key, and one owner per account: what a gateway keeps when a send goes wrong. */
import { expect, test } from "vitest";
import { type Context, expectRejected, LOT } from "./bench.ts";

export function keyTests(context: () => Context): void {
  test("the same key twice: the same outcome, one order", async () => {
    const { bench, order } = context();
    const instruction = order();
    const first = await bench.gateway().execute(instruction);
    expect(first).toMatchObject({ status: "done", filled: LOT });
    expect(await bench.gateway().execute(instruction)).toEqual(first);
    expect(await bench.ordersWith(instruction.key)).toBe(1);
  });

  test("killed between send and answer: the next hub finds it, and sending again adds nothing", async () => {
    const { bench, order } = context();
    const instruction = order();
    await bench.sendAndKill(instruction);
    const found = await bench.gateway().lookup(instruction.account, instruction.key);
    expect(found).toMatchObject({ status: "done", filled: LOT });
    expect(await bench.gateway().execute(instruction)).toEqual(found);
    expect(await bench.ordersWith(instruction.key)).toBe(1);
  });

  test("a lost answer is unknown, and looked up it is what happened", async () => {
    const { bench, order } = context();
    const instruction = order();
    bench.fail({ fault: "reply-lost" });
    const outcome = await bench.gateway().execute(instruction);
    expect(outcome).toMatchObject({ status: "unknown", code: "IN_FLIGHT" });
    const found = await bench.gateway().lookup(instruction.account, instruction.key);
    expect(found).toMatchObject({ status: "done", filled: LOT });
  });

  test("a lost request is unknown too, and is not found", async () => {
    const { bench, order } = context();
    const instruction = order();
    bench.fail({ fault: "request-lost" });
    expect((await bench.gateway().execute(instruction)).status).toBe("unknown");
    const found = await bench.gateway().lookup(instruction.account, instruction.key);
    expect(found).toEqual({ status: "not-found" });
    expect(await bench.ordersWith(instruction.key)).toBe(0);
  });

  test("a stale fence is refused, and its key is free for the new owner", async () => {
    const { bench, order } = context();
    const { account } = order();
    if (!bench.gateway().capabilities(account).checksFences) return;
    await bench.gateway().execute(order({ fence: 5 }));
    const stale = order({ fence: 4 });
    const refused = await bench.gateway().execute(stale);
    expectRejected(refused);
    expect(refused.code).toBe("FENCED");
    expect(await bench.ordersWith(stale.key)).toBe(0);
    expect((await bench.gateway().execute({ ...stale, fence: 6 })).status).toBe("done");
  });

  test("what a newer owner did not find an older one can no longer do, nor ask for", async () => {
    const { bench, order } = context();
    const { account } = order();
    if (!bench.gateway().capabilities(account).checksFences) return;
    const late = order({ fence: 5 });
    const found = await bench.gateway().lookup(account, late.key, 6);
    expect(found).toEqual({ status: "not-found" });
    expect((await bench.gateway().execute(late)).code).toBe("FENCED");
    expect(await bench.ordersWith(late.key)).toBe(0);
    await expect(bench.gateway().lookup(account, late.key, 5)).rejects.toThrow("GATEWAY_DOWN");
  });
}
