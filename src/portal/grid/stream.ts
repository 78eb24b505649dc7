/**
 * The control room's stream: of each viewer the rows in sight, four times a second, and only what
 * changed. Invariants: what is sent follows on what was sent before; who reads too slowly skips
 * frames and then gets the newest; the order of rows holds for five seconds, so that a row does not
 * move away under a hand; nothing is read for nobody.
 */

import type { Principal } from "../../identity/principal.ts";
import type { Timers } from "../../platform/clock.ts";
import type { Log } from "../log.ts";
import { clockTime } from "../view/format.ts";
import { difference, type FlatPage, flatten } from "../view/row.ts";
import type { AccountFacts, GridSource } from "./facts.ts";
import { admits, type GridQuery, ordered } from "./query.ts";
import { type SentRow, sameRow, sentRow } from "./rows.ts";
import { totalsRow } from "./totals.ts";

const FRAME_MS = 250;
const ORDER_MS = 5_000;
const TOTALS_MS = 1_000;
const QUEUE_BYTES_MAX = 256 * 1_024;
const VIEWERS_MAX = 100;
export const WINDOW_MAX = 200;

export type Window = { readonly from: number; readonly to: number };

export type GridViewer = {
  readonly principal: Principal;
  readonly query: GridQuery;
  readonly window: Window;
};

const encoder = new TextEncoder();
const event = (name: string, data: object): Uint8Array =>
  encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);

export type GridStreamOptions = {
  readonly source: GridSource;
  readonly timers: Timers;
  readonly log: Log;
  readonly viewersMax?: number;
};

export class GridStream {
  readonly #options: GridStreamOptions;
  readonly #viewers = new Set<AbortController>();

  constructor(options: GridStreamOptions) {
    this.#options = options;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  close(): void {
    for (const viewer of this.#viewers) viewer.abort();
  }

  /** Null where no more viewers are taken. */
  open(viewer: GridViewer): ReadableStream<Uint8Array> | null {
    if (this.#viewers.size >= (this.#options.viewersMax ?? VIEWERS_MAX)) return null;
    const stopping = new AbortController();
    this.#viewers.add(stopping);
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          controller.enqueue(encoder.encode("retry: 2000\n\n"));
          void this.#run(controller, new Sight(viewer, this.#options.source), stopping.signal);
        },
        cancel: () => stopping.abort(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: QUEUE_BYTES_MAX }),
    );
  }

  async #run(
    controller: ReadableStreamDefaultController<Uint8Array>,
    sight: Sight,
    signal: AbortSignal,
  ): Promise<void> {
    const { source, timers, log } = this.#options;
    await source.refresh();
    while (!signal.aborted) {
      try {
        if ((controller.desiredSize ?? 0) > 0)
          for (const one of sight.frame()) controller.enqueue(one);
      } catch (error) {
        log("the control room could not be read", { error });
      }
      await timers.sleep(FRAME_MS, signal).catch(() => {});
      void source.refresh();
    }
    for (const viewer of this.#viewers) if (viewer.signal === signal) this.#viewers.delete(viewer);
    try {
      controller.close();
    } catch {
      // The viewer has left already.
    }
  }
}

/** What one viewer sees, and has been sent. */
class Sight {
  readonly #viewer: GridViewer;
  readonly #source: GridSource;
  readonly #sent = new Map<number, SentRow>();
  #order: readonly string[] = [];
  #orderedAt = Number.NEGATIVE_INFINITY;
  #totalsAt = Number.NEGATIVE_INFINITY;
  #totals: FlatPage | null = null;

  constructor(viewer: GridViewer, source: GridSource) {
    this.#viewer = viewer;
    this.#source = source;
  }

  *frame(): Generator<Uint8Array> {
    const { principal, query, window } = this.#viewer;
    const now = this.#source.now();
    const accounts = this.#source.accounts(principal, query.in);
    if (now - this.#orderedAt >= ORDER_MS) {
      this.#orderedAt = now;
      this.#order = ordered(query, accounts).map(({ id }) => id);
    }
    const byId = new Map(accounts.map((account) => [account.id, account]));
    const rows = this.#changed(byId, now);
    yield event("grid", {
      clock: clockTime(now),
      total: this.#order.length,
      from: window.from,
      rows,
    });
    if (now - this.#totalsAt >= TOTALS_MS) {
      this.#totalsAt = now;
      const page = totalsRow(
        accounts.filter((one) => admits(query, one)),
        query,
        clockTime(now),
      );
      const next = flatten(page);
      const patch = difference(this.#totals, next);
      this.#totals = next;
      if (patch !== null) yield event("patch", patch);
    }
  }

  #changed(byId: ReadonlyMap<string, AccountFacts>, now: number): [number, SentRow][] {
    const { query, window } = this.#viewer;
    const changed: [number, SentRow][] = [];
    this.#order.slice(window.from, window.to).forEach((id, place) => {
      const account = byId.get(id);
      if (account === undefined) return;
      const index = window.from + place;
      const row = sentRow(account, query.columns, now);
      if (sameRow(this.#sent.get(index), row)) return;
      this.#sent.set(index, row);
      changed.push([index, row]);
    });
    return changed;
  }
}
