/**
 * One view of the live state for all who watch it.
 * At most four times a second the page is made anew, compared with what was sent last, and the
 * difference is encoded once and handed to every viewer. A viewer whose queue is full gets none of
 * the differences it cannot take, and the whole page once it reads again: it is late, never wrong,
 * and never costs more than one queue. Invariant: a viewer's first event is a snapshot, and each
 * patch it gets follows on what it was sent before. Nothing is computed while nobody watches.
 */
import type { Timers } from "../platform/clock.ts";
import type { LiveSource } from "./live.ts";
import type { Log } from "./log.ts";
import { frame, GREETING, HEARTBEAT } from "./stream-frame.ts";
import { livePage } from "./view/page.ts";
import { difference, type FlatPage, flatten } from "./view/row.ts";

/** Four frames a second. */
export const FRAME_MS = 250;
/** Ages move on even where nothing else does. */
const REREAD_MS = 1_000;
export const HEARTBEAT_MS = 15_000;
/** Bytes that may wait for one viewer. */
export const QUEUE_BYTES_MAX = 256 * 1_024;
const VIEWERS_MAX = 100;

type Controller = ReadableStreamDefaultController<Uint8Array>;
type Viewer = { readonly controller: Controller; behind: boolean };

export type LiveStreamOptions = {
  readonly source: LiveSource;
  readonly timers: Timers;
  readonly log: Log;
  readonly viewersMax?: number;
};

export class LiveStream {
  readonly #source: LiveSource;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #viewersMax: number;
  readonly #viewers = new Set<Viewer>();
  /** What was sent last, and its number. */
  #page: FlatPage | null = null;
  #sequence = 0;
  #snapshot: { readonly sequence: number; readonly bytes: Uint8Array } | null = null;
  #changed = false;
  #running: AbortController | null = null;
  #closed = false;

  constructor({ source, timers, log, viewersMax = VIEWERS_MAX }: LiveStreamOptions) {
    this.#source = source;
    this.#timers = timers;
    this.#log = log;
    this.#viewersMax = viewersMax;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** A new viewer's bytes; null where no more are taken or the hub is stopping. */
  open(): ReadableStream<Uint8Array> | null {
    if (this.#closed || this.#viewers.size >= this.#viewersMax) return null;
    if (this.#running === null) this.#start();
    let viewer: Viewer | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          viewer = { controller, behind: false };
          this.#viewers.add(viewer);
          controller.enqueue(GREETING);
          controller.enqueue(this.#snapshotBytes());
        },
        cancel: () => {
          if (viewer !== undefined) this.#leave(viewer);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: QUEUE_BYTES_MAX }),
    );
  }

  /** Ends every viewer's stream; their browsers come back when the hub does. */
  close(): void {
    this.#closed = true;
    for (const viewer of [...this.#viewers]) {
      viewer.controller.close();
      this.#leave(viewer);
    }
  }

  #leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    this.#running?.abort();
    this.#running = null;
  }

  #start(): void {
    this.#advance();
    const running = new AbortController();
    this.#running = running;
    const stop = this.#source.subscribe(() => {
      this.#changed = true;
    });
    running.signal.addEventListener("abort", stop, { once: true });
    void this.#run(running.signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    let sinceReadMs = 0;
    let sinceSentMs = 0;
    while (await this.#frame(signal)) {
      sinceReadMs += FRAME_MS;
      sinceSentMs += FRAME_MS;
      if (this.#changed || sinceReadMs >= REREAD_MS) {
        sinceReadMs = 0;
        if (this.#publish()) sinceSentMs = 0;
      }
      this.#catchUp();
      if (sinceSentMs >= HEARTBEAT_MS) {
        sinceSentMs = 0;
        this.#send(HEARTBEAT, false);
      }
    }
  }

  /** Waits for the next frame; false when there are no more. */
  async #frame(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#timers.sleep(FRAME_MS, signal);
    } catch (error) {
      if (!signal.aborted) this.#log("the live stream's timer failed", { error });
    }
    return !signal.aborted;
  }

  /** True where there was something to send. A source that throws costs this frame only. */
  #publish(): boolean {
    this.#changed = false;
    try {
      const bytes = this.#advance();
      if (bytes !== null) this.#send(bytes, true);
      return bytes !== null;
    } catch (error) {
      this.#log("the live state could not be read", { error });
      return false;
    }
  }

  /** Moves on to the source's present state and returns the bytes that say how it differs. */
  #advance(): Uint8Array | null {
    const next = flatten(livePage(this.#source.state()));
    const patch = difference(this.#page, next);
    if (patch === null) return null;
    this.#page = next;
    this.#sequence += 1;
    return frame("patch", this.#sequence, patch);
  }

  /** `needed`: who cannot take it now has missed something, and gets a snapshot later. */
  #send(bytes: Uint8Array, needed: boolean): void {
    for (const viewer of this.#viewers) {
      if (viewer.behind) continue;
      if ((viewer.controller.desiredSize ?? 0) > 0) viewer.controller.enqueue(bytes);
      else if (needed) viewer.behind = true;
    }
  }

  #catchUp(): void {
    for (const viewer of this.#viewers) {
      if (!viewer.behind || (viewer.controller.desiredSize ?? 0) <= 0) continue;
      viewer.behind = false;
      viewer.controller.enqueue(this.#snapshotBytes());
    }
  }

  #snapshotBytes(): Uint8Array {
    if (this.#snapshot?.sequence === this.#sequence) return this.#snapshot.bytes;
    const whole = difference(null, this.#page ?? flatten(livePage(this.#source.state())));
    const bytes = frame("snapshot", this.#sequence, whole ?? { lists: {}, rows: {} });
    this.#snapshot = { sequence: this.#sequence, bytes };
    return bytes;
  }
}
