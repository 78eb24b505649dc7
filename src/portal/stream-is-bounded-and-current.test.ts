import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { liveSource, type TestLiveSource } from "../testing/live-builders.ts";
import { busyLiveState } from "../testing/live-state.ts";
import { type ManualTimers, manualTimers } from "../testing/manual-timers.ts";
import type { LiveState } from "./live.ts";
import { FRAME_MS, HEARTBEAT_MS, LiveStream, QUEUE_BYTES_MAX } from "./live-stream.ts";

type Rig = {
  readonly source: TestLiveSource;
  readonly timers: ManualTimers;
  readonly stream: LiveStream;
  readonly said: string[];
};

function rig(viewersMax = 3): Rig {
  const source = liveSource(busyLiveState());
  const timers = manualTimers();
  const said: string[] = [];
  const stream = new LiveStream({
    source,
    timers,
    log: (words) => said.push(words),
    viewersMax,
  });
  return { source, timers, stream, said };
}

function viewerOf(stream: LiveStream): ReadableStreamDefaultReader<Uint8Array> {
  const body = stream.open();
  if (body === null) throw new Error("the stream is full");
  return body.getReader();
}

/** What is there to read now, as text; never waits for more. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const next = await Promise.race([
      reader.read(),
      new Promise<null>((resolve) => setImmediate(() => resolve(null))),
    ]);
    if (next === null || next.value === undefined) return chunks;
    chunks.push(next.value);
  }
}

type Event = { readonly event: string; readonly id: number; readonly data: unknown };

function eventsIn(chunks: readonly Uint8Array[]): Event[] {
  const text = chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
  return text
    .split("\n\n")
    .filter((part) => part.startsWith("id: "))
    .map((part) => {
      const line = (name: string): string =>
        part
          .split("\n")
          .find((one) => one.startsWith(`${name}: `))
          ?.slice(name.length + 2) ?? "";
      return { event: line("event"), id: Number(line("id")), data: JSON.parse(line("data")) };
    });
}

/** Each call changes Ada's equity. */
function tick(source: TestLiveSource, cents: number, change: Partial<LiveState> = {}): void {
  const state = source.state();
  const followers = state.followers.map((follower) =>
    follower.id === "ada" && follower.figures !== null
      ? {
          ...follower,
          figures: {
            ...follower.figures,
            equity: parseFixed("12000") + BigInt(cents) * 1_000_000n,
          },
        }
      : follower,
  );
  source.show({ ...state, followers, ...change });
}

// A race that timed out leaves its read pending; these tests read in one go per viewer.
test("a viewer first gets the whole page, then only what changed", async () => {
  const { source, timers, stream } = rig();
  const reader = viewerOf(stream);
  tick(source, 1);
  await timers.advance(FRAME_MS);
  const [first, second] = eventsIn(await drain(reader));
  expect(first).toMatchObject({ event: "snapshot", id: 1 });
  expect(JSON.stringify(first?.data)).toContain("Ada Pension");
  expect(second).toEqual({
    event: "patch",
    id: 2,
    data: { lists: {}, rows: { "f:ada": { equity: "12,000.01" } } },
  });
});

test("a hundred changes in a second are at most four events, the last of them right", async () => {
  const { source, timers, stream } = rig();
  const reader = viewerOf(stream);
  for (let index = 1; index <= 100; index += 1) {
    tick(source, index);
    await timers.advance(10);
  }
  const patches = eventsIn(await drain(reader)).filter(({ event }) => event === "patch");
  expect(patches).toHaveLength(4);
  expect(patches.at(-1)?.data).toMatchObject({ rows: { "f:ada": { equity: "12,001.00" } } });
});

test("all viewers get the same bytes, encoded once", async () => {
  const { source, timers, stream } = rig();
  const [one, other] = [viewerOf(stream), viewerOf(stream)];
  tick(source, 1);
  await timers.advance(FRAME_MS);
  const [left, right] = [await drain(one), await drain(other)];
  expect(left).toHaveLength(3);
  for (const [index, chunk] of left.entries()) expect(chunk).toBe(right[index]);
});

test("viewers are counted, refused above the limit, and leave nothing behind", async () => {
  const { source, timers, stream } = rig(2);
  const [one, two] = [viewerOf(stream), viewerOf(stream)];
  expect(stream.open()).toBeNull();
  await one.cancel();
  expect(stream.viewers).toBe(1);
  const three = viewerOf(stream);
  await Promise.all([two.cancel(), three.cancel()]);
  await timers.advance(FRAME_MS * 4);
  expect([stream.viewers, source.listeners, timers.sleepers]).toEqual([0, 0, 0]);
});

test("who reads too slowly is bounded, and gets the whole page when it reads again", async () => {
  const { source, timers, stream } = rig();
  const slow = viewerOf(stream);
  const noise = "x".repeat(40_000);
  for (let index = 1; index <= 60; index += 1) {
    const [broker] = source.state().brokers;
    if (broker === undefined) throw new Error("the builder has no broker");
    tick(source, index, { brokers: [{ ...broker, name: noise + index }] });
    await timers.advance(FRAME_MS);
  }
  const queued = await drain(slow);
  const bytes = queued.reduce((sum, chunk) => sum + chunk.length, 0);
  expect(bytes).toBeLessThan(QUEUE_BYTES_MAX + 100_000);
  expect(eventsIn(queued).at(-1)?.id).toBeLessThan(20);
});

test("a viewer that fell behind is sent the whole page, never a patch that does not fit", async () => {
  const { source, timers, stream } = rig();
  const body = stream.open();
  if (body === null) throw new Error("the stream is full");
  const noise = "x".repeat(QUEUE_BYTES_MAX);
  const [broker] = source.state().brokers;
  if (broker === undefined) throw new Error("the builder has no broker");
  tick(source, 1, { brokers: [{ ...broker, name: noise }] });
  await timers.advance(FRAME_MS);
  tick(source, 2, { brokers: [broker] });
  await timers.advance(FRAME_MS);
  tick(source, 3);
  await timers.advance(FRAME_MS);
  const reader = body.getReader();
  for (let chunk = 0; chunk < 3; chunk += 1) await reader.read();
  await timers.advance(FRAME_MS);
  const { value } = await reader.read();
  const [event] = eventsIn(value === undefined ? [] : [value]);
  expect(event).toMatchObject({ event: "snapshot", id: 4 });
  expect(event?.data).toMatchObject({ rows: { "f:ada": { equity: "12,000.03" } } });
});

test("silence is filled with a heartbeat, and ages move on without any change", async () => {
  const { source, timers, stream } = rig();
  const reader = viewerOf(stream);
  await timers.advance(HEARTBEAT_MS);
  const quiet = new TextDecoder().decode((await drain(reader)).at(-1));
  expect(quiet).toBe(": still here\n\n");
  const state = source.state();
  const later = { ...state, asOf: state.asOf + 1_000 };
  const silent = new LiveStream({
    source: { state: () => (silent.viewers === 0 ? state : later), subscribe: () => () => {} },
    timers,
    log: () => {},
  });
  const other = viewerOf(silent);
  await timers.advance(1_000);
  expect(eventsIn(await drain(other)).at(-1)?.data).toMatchObject({
    rows: { page: { clock: "14:02:12" } },
  });
});

test("a state that cannot be read costs a frame, not the stream", async () => {
  const { source, timers, said } = rig();
  let broken = false;
  const stream = new LiveStream({
    source: {
      state: () => {
        if (broken) throw new Error("no state");
        return source.state();
      },
      subscribe: source.subscribe,
    },
    timers,
    log: (words) => said.push(words),
  });
  const reader = viewerOf(stream);
  broken = true;
  tick(source, 1);
  await timers.advance(FRAME_MS);
  broken = false;
  tick(source, 2);
  await timers.advance(FRAME_MS);
  expect(said).toEqual(["the live state could not be read"]);
  expect(eventsIn(await drain(reader)).at(-1)).toMatchObject({ event: "patch", id: 2 });
});

test("a hub that stops ends every stream and takes no more", async () => {
  const { stream, timers } = rig();
  const reader = viewerOf(stream);
  await drain(reader);
  stream.close();
  expect(stream.open()).toBeNull();
  await timers.advance(FRAME_MS);
  expect([stream.viewers, timers.sleepers]).toEqual([0, 0]);
});
