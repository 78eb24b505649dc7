import { expect, test } from "vitest";
import type { SavedHistory } from "../home.ts";
import { fillHistory } from "./fill.ts";

const endsAt = Date.UTC(2026, 3, 3);
const from = Date.UTC(2026, 2, 30);

function setup(stopAfter: number) {
  let saved: SavedHistory | null = null;
  const rows = new Map<string, string>();
  let writes = 0;
  let stop = new AbortController();
  const keep = (key: string, row: unknown): void => {
    const text = JSON.stringify(row, (_, value) =>
      typeof value === "bigint" ? `${value}` : value,
    );
    expect(rows.get(key) ?? text).toBe(text);
    rows.set(key, text);
  };
  const wrote = (): void => {
    writes += 1;
    if (writes === stopAfter) stop.abort();
  };
  const records = {
    async recordDeals(
      _: string,
      list: readonly { account: { accountId: string }; deal: { id: string } }[],
    ) {
      for (const one of list) keep(`${one.account.accountId} ${one.deal.id}`, one.deal);
      wrote();
    },
    async recordEquity(
      _: string,
      list: readonly { account: { accountId: string }; figures: { asOf: number } }[],
    ) {
      for (const one of list) keep(`${one.account.accountId} ${one.figures.asOf}`, one.figures);
      wrote();
    },
    async recordCash(
      _: string,
      list: readonly { account: { accountId: string }; movement: { id: string } }[],
    ) {
      for (const one of list) keep(`${one.account.accountId} ${one.movement.id}`, one.movement);
      wrote();
    },
  };
  const home = {
    history: () => saved,
    saveHistory: (one: SavedHistory) => {
      saved = one;
    },
  };
  let ms = 0;
  const fill = (seed: number) => {
    stop = new AbortController();
    return fillHistory({
      ...{ tenantId: "t", home, records, seed, endsAt, from, signal: stop.signal },
      timers: { sleep: async () => {} },
      monotonicMs: () => (ms += 3),
    });
  };
  return { fill, rows, saved: () => saved, writes: () => writes };
}

test("what a stop interrupted is filled in by the next start as it was begun, and then no more", async () => {
  const whole = setup(0);
  expect(await whole.fill(7)).toBe(true);
  const cut = setup(2);
  expect(await cut.fill(7)).toBe(false);
  expect(cut.saved()).toMatchObject({ seed: 7, isFilled: false });
  expect(cut.rows.size).toBeLessThan(whole.rows.size);
  // Another seed by then, as where none is configured.
  expect(await cut.fill(8)).toBe(true);
  expect(cut.rows).toEqual(whole.rows);
  const { writes } = cut;
  const before = writes();
  expect(await cut.fill(9)).toBe(true);
  expect(writes()).toBe(before);
});
