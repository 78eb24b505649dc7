/**
 * What a tenant's viewers watch, as rows with a number each: the number of the change that made the
 * row what it is. Pure; time comes in as an argument.
 * Invariants: numbers only rise; whoever has seen all up to a number and is sent, in order, every
 * row and removal above it holds what this holds; what is remembered of removals is bounded in time
 * and count, and who comes from before that is told so (`reaches`).
 */
import type { Instant } from "../../domain/instant.ts";

export const TOPICS = ["accounts", "copies", "signals", "decisions", "instructions"] as const;
export type Topic = (typeof TOPICS)[number];

export type Source = {
  readonly topic: Topic;
  readonly key: string;
  /** Whose it is: only who may see one of these accounts is sent it. */
  readonly accounts: readonly string[];
  /** What is told; the same text means that nothing has changed. */
  readonly json: string;
};

export type Row = Source & {
  readonly number: number;
  readonly removed: boolean;
  /** Encoded once, for all who watch. */
  readonly bytes: Uint8Array;
};

/** How long a removal, or something that happened, is remembered. */
export const REMEMBERED_MS = 600_000;
const REMEMBERED_MAX = 20_000;

type Gone = { readonly row: Row; readonly at: Instant };

const encoder = new TextEncoder();

export class Rows {
  readonly #standing = new Map<string, Row>();
  /** Removals and events, oldest first. */
  #past: Gone[] = [];
  #number = 0;
  #forgotten = 0;

  get number(): number {
    return this.#number;
  }

  /** Whether it is still known what has changed since. */
  reaches(number: number): boolean {
    return number >= this.#forgotten && number <= this.#number;
  }

  /** Moves on to what stands now and what has happened since, and gives what that changed. */
  advance(standing: readonly Source[], happened: readonly Source[], now: Instant): readonly Row[] {
    const changed: Row[] = [];
    const seen = new Set<string>();
    for (const source of standing) {
      const place = `${source.topic} ${source.key}`;
      seen.add(place);
      if (this.#standing.get(place)?.json === source.json) continue;
      const row = this.#row(source, false);
      this.#standing.set(place, row);
      changed.push(row);
    }
    for (const [place, row] of this.#standing) {
      if (seen.has(place)) continue;
      this.#standing.delete(place);
      changed.push(this.#keep(this.#row({ ...row, json: "null" }, true), now));
    }
    for (const source of happened) changed.push(this.#keep(this.#row(source, false), now));
    this.#forget(now);
    return changed;
  }

  standing(): readonly Row[] {
    return [...this.#standing.values()];
  }

  /** Everything above the number, in order. */
  after(number: number): readonly Row[] {
    const past = this.#past.map(({ row }) => row);
    return [...this.#standing.values(), ...past]
      .filter((row) => row.number > number)
      .sort((a, b) => a.number - b.number);
  }

  #row({ topic, key, accounts, json }: Source, removed: boolean): Row {
    this.#number += 1;
    const number = this.#number;
    return { topic, key, accounts, json, number, removed, bytes: encoded(topic, key, json) };
  }

  #keep(row: Row, at: Instant): Row {
    this.#past.push({ row, at });
    return row;
  }

  #forget(now: Instant): void {
    const old = this.#past.findIndex(({ at }) => now - at < REMEMBERED_MS);
    const aged = old === -1 ? this.#past.length : old;
    const count = Math.max(aged, this.#past.length - REMEMBERED_MAX);
    if (count <= 0) return;
    const forgotten = this.#past.slice(0, count).map(({ row }) => row.number);
    this.#forgotten = Math.max(this.#forgotten, ...forgotten);
    this.#past = this.#past.slice(count);
  }
}

/** The part of an event that is the same for all: `id` differs by where a viewer stands. */
function encoded(topic: Topic, key: string, json: string): Uint8Array {
  return encoder.encode(`{"topic":"${topic}","id":${JSON.stringify(key)},"row":${json}}`);
}
