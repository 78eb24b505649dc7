/** What is told of an account: its deals by number, its link, and what was missed. */
import { expect, test } from "vitest";
import { isLockstepError } from "../../domain/errors.ts";
import { opposite } from "../../domain/trade.ts";
import { type Context, HALF, LOT, positionsOf } from "./bench.ts";

export function nettingTests(context: () => Context): void {
  test("netting: a bigger opposite order turns the position round, on a new leg", async () => {
    const { bench, order } = context();
    const { netting: account } = bench;
    if (account === null) return;
    const opened = await bench.gateway().execute(order({ account, volume: HALF }));
    const side = opposite("buy");
    const turned = await bench.gateway().execute(order({ account, side }));
    expect(turned).toMatchObject({ status: "done", filled: LOT, positionId: opened.positionId });
    const positions = await positionsOf(bench, account);
    expect(positions).toMatchObject([{ id: opened.positionId, leg: 1, side, volume: HALF }]);
    const told = bench.events().flatMap((event) => (event.type === "event" ? [event.event] : []));
    const deals = told.flatMap((event) => (event.type === "deal" ? [event.deal.entry] : []));
    expect(deals).toEqual(["in", "inout"]);
  });
}

export function linkTests(context: () => Context): void {
  test("events of an account are numbered without a hole, and a snapshot says how far it goes", async () => {
    const { bench, order } = context();
    for (let count = 0; count < 3; count += 1) await bench.gateway().execute(order());
    const numbers = bench
      .events()
      .flatMap((event) => (event.type === "event" ? [event.sequence] : []));
    const first = numbers[0] ?? 0;
    expect(numbers).toEqual([first, first + 1, first + 2]);
    expect((await bench.gateway().snapshot(order().account)).sequence).toBe(first + 2);
  });

  test("fills missed while the link was down are announced as a gap, and are in the snapshot", async () => {
    const { bench, order } = context();
    const { account } = order();
    await bench.setLink(account, false);
    const id = await bench.byHand(order());
    await bench.setLink(account, true);
    const kinds = bench
      .events()
      .map((event) => (event.type === "link" ? `link ${event.up}` : event.type));
    expect(kinds.slice(kinds.lastIndexOf("link false"))).toEqual([
      "link false",
      "link true",
      "gap",
    ]);
    expect((await positionsOf(bench, account)).map((position) => position.id)).toEqual([id]);
  });

  test("without a link nothing is read and nothing is sent", async () => {
    const { bench, order } = context();
    const instruction = order();
    const { account, key } = instruction;
    await bench.gateway().execute(order());
    await bench.setLink(account, false);
    const calls = [
      () => bench.gateway().snapshot(account),
      () => bench.gateway().lookup(account, key),
      () => bench.gateway().execute(instruction),
    ];
    for (const call of calls) {
      const error = await call().then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(isLockstepError(error, "GATEWAY_DOWN")).toBe(true);
    }
    await bench.setLink(account, true);
    expect(await bench.ordersWith(key)).toBe(0);
    expect(await positionsOf(bench, account)).toHaveLength(1);
  });
}
