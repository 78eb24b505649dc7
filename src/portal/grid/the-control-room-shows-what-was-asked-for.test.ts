import { expect, test } from "vitest";
import { parseFixed } from "../../domain/fixed.ts";
import { manualTimers } from "../../testing/manual-timers.ts";
import { somebody } from "../../testing/portal-app.ts";
import type { AccountFacts, GridSource } from "./facts.ts";
import { addressOf, gridQuery, ordered } from "./query.ts";
import { GridStream } from "./stream.ts";
import { totalsRow } from "./totals.ts";

const NOW = Date.UTC(2025, 2, 12, 14, 2, 11);

function account(id: string, change: Partial<AccountFacts> = {}): AccountFacts {
  const figures = {
    balance: parseFixed("1000"),
    equity: parseFixed("1000"),
    openProfit: 0n,
    marginLevelPercent: null,
  };
  return {
    ...{ id, name: `Account ${id}`, login: id, broker: "Northgate", currency: "USD" },
    ...{
      role: "follower",
      strategies: ["Trend"],
      tags: [],
      investors: [],
      link: "live",
      asOf: NOW,
      figures,
    },
    ...{ positions: 1, dayChange: 0n, dayDeals: 2, drawdown: 0.01, lagMs: 40, divergences: 0 },
    spark: [],
    reported: { equity: figures.equity, openProfit: 0n, dayChange: 0n },
    ...change,
  };
}

const query = (text: string) => gridQuery(new URLSearchParams(text));
const ids = (accounts: readonly AccountFacts[]): string => accounts.map(({ id }) => id).join("");

test("an address and its query are the same thing, whatever is in it", () => {
  for (const text of [
    "",
    "?q=ada&broker=Northgate&state=attention&sort=equity&dir=desc&group=tag&in=EUR&page=3",
    "?col=name&col=equity",
  ]) {
    expect(addressOf(query(text), { page: query(text).page })).toBe(text);
  }
  expect(addressOf(query("?sort=__proto__&group=x&in=evil&page=-4&col=nope"))).toBe("");
});

test("the order is total, and what is not known stands last either way", () => {
  const accounts = [
    account("a", { lagMs: null }),
    account("b", { lagMs: 20 }),
    account("c", { lagMs: 30 }),
    account("d", { lagMs: 20 }),
  ];
  expect(ids(ordered(query("?sort=lag"), accounts))).toBe("bdca");
  expect(ids(ordered(query("?sort=lag&dir=desc"), accounts))).toBe("cbda");
});

test("filters hold together, and attention means offline, stale or diverging", () => {
  const accounts = [
    account("a", { link: "offline" }),
    account("b", { divergences: 1, tags: ["desk 1"] }),
    account("c", { broker: "Meridian" }),
  ];
  expect(ids(ordered(query("?state=attention"), accounts))).toBe("ab");
  expect(ids(ordered(query("?state=attention&tag=desk+1"), accounts))).toBe("b");
  expect(ids(ordered(query("?q=MERID"), accounts))).toBe("c");
});

test("totals say what is not in them, and why", () => {
  const accounts = [
    account("a"),
    account("b", { currency: "XAU", reported: null }),
    account("c", { figures: null, reported: null, link: "offline" }),
  ];
  const row = totalsRow(accounts, query("?group=broker"), "14:02:11");
  expect(row.f["equity"]).toBe("1,000.00");
  expect(row.f["whole"]).toBe("1 of 3 accounts are in the totals; no rate from XAU to USD for 1");
  expect(row.lists["groups"]?.map(({ f }) => [f["name"], f["accounts"], f["offline"]])).toEqual([
    ["Northgate", "3", "1"],
  ]);
});

function gridSource(accounts: AccountFacts[]): GridSource & { now: () => number; at: number } {
  const source = {
    at: NOW,
    accounts: () => accounts,
    refresh: async () => {},
    now: () => source.at,
  };
  return source;
}

async function framesOf(body: ReadableStream<Uint8Array>, many: number) {
  const reader = body.getReader();
  let text = "";
  while (text.split("event: grid").length <= many) {
    const { value } = await reader.read();
    text += new TextDecoder().decode(value);
  }
  await reader.cancel();
  return [...text.matchAll(/event: grid\ndata: (.*)\n/g)].map(
    (match) => JSON.parse(match[1] ?? "") as { total: number; rows: [number, { id: string }][] },
  );
}

test("a viewer is sent the rows in sight, then only what changed of them", async () => {
  const accounts = Array.from({ length: 1_000 }, (_, index) => account(String(1_000 + index)));
  const timers = manualTimers();
  const stream = new GridStream({ source: gridSource(accounts), timers, log: () => {} });
  const window = { from: 100, to: 150 };
  const body = stream.open({ principal: somebody(), query: query(""), window });
  if (body === null) throw new Error("the stream is full");
  await new Promise((resolve) => setImmediate(resolve));
  accounts[120] = account("1120", { positions: 9 });
  accounts[900] = account("1900", { positions: 9 });
  await timers.advance(250);
  const [first, second] = await framesOf(body, 2);
  expect([first?.total, first?.rows.length, first?.rows[0]?.[0]]).toEqual([1_000, 50, 100]);
  expect(second?.rows.map(([index, { id }]) => [index, id])).toEqual([[120, "1120"]]);
  await timers.advance(250);
  expect(stream.viewers).toBe(0);
});

test("the followers' curve is the sum of theirs in the reporting currency", () => {
  const reported = { equity: parseFixed("20"), openProfit: 0n, dayChange: null };
  const rows = [
    account("a", { spark: [9, 10] }),
    account("b", { spark: [8], reported }),
    account("c", { spark: [5, 6, 7], reported: null }),
  ];
  const { f } = totalsRow(rows, query(""), "now");
  expect(f["sparkTone"]).toBe("up");
});
