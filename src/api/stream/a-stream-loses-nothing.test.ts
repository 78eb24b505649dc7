import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ManualTimers, manualTimers } from "../../testing/manual-timers.ts";
import { FRAME_MS, Streams, type Wanted } from "./hub.ts";
import { REMEMBERED_MS, Rows, type Source, TOPICS } from "./rows.ts";
import { QUEUE_BYTES_MAX } from "./viewer.ts";

const account = (key: string, value: unknown): Source => ({
  ...{ topic: "accounts", key, accounts: [key], json: JSON.stringify(value) },
});

test("whoever comes back at any number ends with what stands, whatever was changed and removed", () => {
  const frames = fc.array(
    fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.integer({ min: 0, max: 3 })),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(frames, fc.nat(), (list, from) => {
      const rows = new Rows();
      const states = new Map<number, Record<string, string>>([[0, {}]]);
      for (const frame of list) {
        rows.advance(
          Object.entries(frame).map(([key, value]) => account(key, value)),
          [],
          0,
        );
        const now = Object.entries(frame).map(([key, value]) => [key, JSON.stringify(value)]);
        states.set(rows.number, Object.fromEntries(now));
      }
      const numbers = [...states.keys()];
      const start = numbers[from % numbers.length] ?? 0;
      const held: Record<string, string> = { ...states.get(start) };
      for (const { key, json, removed } of rows.after(start)) {
        if (removed) delete held[key];
        else held[key] = json;
      }
      expect(held).toEqual(states.get(rows.number));
    }),
  );
});

test("after ten minutes nobody is told that nothing was missed", () => {
  const rows = new Rows();
  rows.advance([account("a", 1)], [], 0);
  const { number } = rows;
  rows.advance([], [], 1_000);
  expect(rows.reaches(number)).toBe(true);
  rows.advance([], [], 1_000 + REMEMBERED_MS);
  expect(rows.reaches(number)).toBe(false);
  expect(rows.reaches(rows.number)).toBe(true);
  expect(rows.reaches(rows.number + 1)).toBe(false);
});

let timers: ManualTimers;
let streams: Streams;
let value: number;
let now: number;
const names = ["one", "two"];

beforeEach(() => {
  timers = manualTimers();
  [value, now] = [0, 0];
  const accountOf = (name: string) => ({
    account: {
      tenantId: "t",
      accountId: `0190a000-0000-7000-8000-00000000000${names.indexOf(name)}`,
    },
    ...{ name, currency: "USD", online: true },
    figures: { balance: BigInt(value), credit: 0n, equity: 0n, margin: 0n, asOf: 0 },
  });
  streams = new Streams({
    hub: () =>
      ({
        accounts: new Map(names.map((name) => [name, accountOf(name)])),
        followers: { subscriptions: new Map() },
      }) as never,
    now: () => now,
    ...{ timers, log: () => {} },
  });
});
afterEach(() => streams.close());

const wanted = (more: Partial<Wanted> = {}): Wanted => ({
  ...{ tenantId: "t", owner: "o", accounts: "all", topics: new Set(TOPICS), lastEventId: null },
  still: async () => true,
  ...more,
});

type Reader = ReadableStreamDefaultReader<Uint8Array>;
const readerOf = (more?: Partial<Wanted>): Reader => {
  const stream = streams.open(wanted(more));
  if (stream === null) throw new Error("not taken");
  return stream.getReader();
};

/** A read that has found nothing yet goes on, and must not be lost. */
const reading = new WeakMap<Reader, ReturnType<Reader["read"]>>();

/** What has come by now. */
async function taken(reader: Reader): Promise<string> {
  let text = "";
  for (;;) {
    const nothing = new Promise<null>((resolve) => setTimeout(() => resolve(null), 5));
    const read = reading.get(reader) ?? reader.read();
    reading.set(reader, read);
    const next = await Promise.race([read, nothing]);
    if (next === null) return text;
    reading.delete(reader);
    if (next.done) return text;
    text += new TextDecoder().decode(next.value);
  }
}

const eventsOf = (text: string): string[] =>
  [...text.matchAll(/^event: (\w+)$/gm)].map((match) => match[1] ?? "");
const lastId = (text: string): string => [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? "";

test("a snapshot first, then what changes, at most four times a second", async () => {
  const reader = readerOf({ topics: new Set(["accounts"]) });
  expect(eventsOf(await taken(reader))).toEqual(["snapshot"]);
  for (let moves = 0; moves < 20; moves += 1) {
    value += 1;
    await timers.advance(FRAME_MS / 5);
  }
  expect(eventsOf(await taken(reader))).toEqual(Array(8).fill("update"));
});

test("who comes back goes on; who comes from before, or from elsewhere, begins anew", async () => {
  const only = { topics: new Set(["accounts"] as const) };
  const first = readerOf(only);
  const id = lastId(await taken(first));
  await first.cancel();
  value += 1;
  const second = await taken(readerOf({ ...only, lastEventId: id }));
  expect(eventsOf(second)).toEqual(["update", "update"]);
  for (const lastEventId of ["elsewhere-1", "nonsense", id.replace(/-\d+$/, "-99")]) {
    const anew = await taken(readerOf({ ...only, lastEventId }));
    expect(eventsOf(anew)).toEqual(["reset", "snapshot"]);
  }
});

test("nobody is sent a row of an account that is not theirs", async () => {
  const own = "0190a000-0000-7000-8000-000000000001";
  const reader = readerOf({ accounts: new Set([own]) });
  value += 1;
  await timers.advance(FRAME_MS);
  const text = await taken(reader);
  expect(text).toContain('"two"');
  expect(text).not.toContain('"one"');
  const stranger = await taken(readerOf({ tenantId: "another" }));
  expect(stranger).not.toMatch(/"one"|"two"/);
});

test("a viewer that reads nothing costs one queue, and then gets what stands", async () => {
  names.push("x".repeat(60_000));
  const reader = readerOf({ topics: new Set(["accounts"]) });
  for (let moves = 0; moves < 40; moves += 1) {
    value += 1;
    await timers.advance(FRAME_MS);
  }
  const text = await taken(reader);
  expect(text.length).toBeLessThan(QUEUE_BYTES_MAX + 150_000);
  await timers.advance(FRAME_MS);
  const after = await taken(reader);
  expect(after).toContain(`"balance":"${(value / 1e8).toFixed(8).replace(/0+$/, "")}"`);
  names.pop();
});

test("whose right has ended is sent nothing more", async () => {
  const reader = readerOf({ still: async () => false });
  await timers.advance(FRAME_MS * 60);
  await taken(reader);
  expect(await (reading.get(reader) ?? reader.read())).toMatchObject({ done: true });
});
