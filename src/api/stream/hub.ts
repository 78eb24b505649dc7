/**
 * All viewers of all tenants: four times a second each watched tenant's rows move on, and what
 * changed is handed to who may see it. Nothing is computed for a tenant that nobody watches.
 */
import { randomUUID } from "node:crypto";
import type { StampedFigures } from "../../domain/account.ts";
import type { BrokerMarket } from "../../gateway/market.ts";
import type { Timers } from "../../platform/clock.ts";
import { REMEMBERED_MS, Rows, type Topic } from "./rows.ts";
import { HubSource, type WatchedHub } from "./source.ts";
import { type Frames, Viewer } from "./viewer.ts";

export const FRAME_MS = 250;
const HEARTBEAT_FRAMES = 60;
const VIEWERS_MAX = 500;
const VIEWERS_OF_ONE_MAX = 20;

export type Wanted = {
  readonly tenantId: string;
  readonly owner: string;
  readonly accounts: ReadonlySet<string> | "all";
  readonly topics: ReadonlySet<Topic>;
  /** As the viewer's last event had it; null: from the beginning. */
  readonly lastEventId: string | null;
  /** Asked now and then: false ends the stream. */
  still(): Promise<boolean>;
};

type Seat = { readonly viewer: Viewer; readonly wanted: Wanted };
type Room = { readonly rows: Rows; readonly seats: Set<Seat>; emptyFrames: number };

export type StreamsDeps = {
  readonly hub: () => WatchedHub | null;
  readonly now: () => number;
  readonly timers: Timers;
  readonly log: (words: string, context: Record<string, unknown>) => void;
};

export class Streams {
  readonly source: HubSource;
  readonly #deps: StreamsDeps;
  readonly #epoch = randomUUID().slice(0, 8);
  readonly #rooms = new Map<string, Room>();
  #running: AbortController | null = null;
  #frames = 0;
  #closed = false;

  constructor(deps: StreamsDeps) {
    this.#deps = deps;
    this.source = new HubSource(deps.hub, deps.now, (tenantId) => this.#rooms.has(tenantId));
  }

  /** Null where no more are taken. */
  open(wanted: Wanted): ReadableStream<Uint8Array> | null {
    const all = [...this.#rooms.values()].flatMap(({ seats }) => [...seats]);
    const own = all.filter((seat) => seat.wanted.owner === wanted.owner);
    if (this.#closed || all.length >= VIEWERS_MAX || own.length >= VIEWERS_OF_ONE_MAX) return null;
    const room = this.#room(wanted.tenantId);
    const seat: Seat = {
      wanted,
      viewer: new Viewer(wanted, this.#epoch, () => room.seats.delete(seat)),
    };
    this.#advance(wanted.tenantId, room);
    room.seats.add(seat);
    seat.viewer.begin(room.rows, this.#numberOf(wanted.lastEventId));
    this.#start();
    return seat.viewer.stream;
  }

  /** The newest figures that this process has heard of an account; null where it owns it not. */
  figuresOf(accountId: string): StampedFigures | null {
    return this.#deps.hub()?.accounts.get(accountId)?.figures ?? null;
  }

  /** Whether an account's broker or terminal is there; null where this process owns it not. */
  isOnline(accountId: string): boolean | null {
    return this.#deps.hub()?.accounts.get(accountId)?.online ?? null;
  }

  /** What this process hears of a broker; undefined where it owns no account there. */
  marketOf(brokerId: string): BrokerMarket | undefined {
    return this.#deps.hub()?.markets.get(brokerId);
  }

  close(): void {
    this.#closed = true;
    this.#running?.abort();
    for (const { seats } of this.#rooms.values()) {
      for (const { viewer } of seats) viewer.end();
      seats.clear();
    }
  }

  /** Of another process, or no number at all: not reached by any rows. */
  #numberOf(lastEventId: string | null): number | null {
    if (lastEventId === null) return null;
    const [epoch, number = ""] = lastEventId.split("-");
    return epoch === this.#epoch && /^\d{1,15}$/.test(number) ? Number(number) : -1;
  }

  #room(tenantId: string): Room {
    let room = this.#rooms.get(tenantId);
    if (room === undefined) {
      room = { rows: new Rows(), seats: new Set(), emptyFrames: 0 };
      this.#rooms.set(tenantId, room);
    }
    return room;
  }

  #advance(tenantId: string, { rows, seats }: Room): void {
    const { source } = this;
    const changed = rows.advance(source.standing(tenantId), source.happened(tenantId), source.now);
    const frames: Frames = new Map();
    for (const { viewer } of seats) {
      if (!viewer.takes || viewer.number === rows.number) continue;
      const before = changed[0]?.number ?? rows.number + 1;
      // Who could not take the last ones is given all that it has missed, as it is by now.
      if (viewer.number < before - 1) viewer.send(rows.after(viewer.number), rows.number);
      else viewer.send(changed, rows.number, frames);
    }
  }

  #start(): void {
    if (this.#running !== null) return;
    const running = new AbortController();
    this.#running = running;
    void this.#run(running.signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#deps.timers.sleep(FRAME_MS, signal).catch(() => {});
      this.#frames += 1;
      for (const [tenantId, room] of this.#rooms) this.#frame(tenantId, room);
      if (this.#rooms.size === 0) break;
    }
    this.#running = null;
  }

  #frame(tenantId: string, room: Room): void {
    try {
      this.#advance(tenantId, room);
      if (this.#frames % HEARTBEAT_FRAMES === 0)
        for (const seat of room.seats) this.#beat(seat, room);
    } catch (error) {
      this.#deps.log("a stream's rows could not be read", { error });
    }
    room.emptyFrames = room.seats.size === 0 ? room.emptyFrames + 1 : 0;
    // Who lost the line may come back to where it was.
    if (room.emptyFrames * FRAME_MS > REMEMBERED_MS) this.#rooms.delete(tenantId);
  }

  #beat(seat: Seat, room: Room): void {
    seat.viewer.heartbeat();
    seat.wanted
      .still()
      .catch(() => false)
      .then((still) => {
        if (still || !room.seats.delete(seat)) return;
        seat.viewer.end();
      })
      .catch((error: unknown) => this.#deps.log("a stream could not be ended", { error }));
  }
}
