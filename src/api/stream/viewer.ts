/**
 * One viewer of a tenant's rows: what it may see and asked for, and where it stands.
 * What many see alike is put into bytes once for all of them.
 * Invariants: no more waits for it than its queue; while the queue is full it is sent nothing, and
 * then each row as it is by then; events go out whole.
 */
import type { Row, Rows, Topic } from "./rows.ts";

export const QUEUE_BYTES_MAX = 256 * 1_024;
const encoder = new TextEncoder();
const NEW_LINE = encoder.encode("\n\n");

/** By what is watched. */
export type Frames = Map<string, Uint8Array>;

export type Watching = {
  readonly topics: ReadonlySet<Topic>;
  readonly accounts: ReadonlySet<string> | "all";
};

export class Viewer {
  readonly #watching: Watching;
  readonly #view: string;
  readonly #epoch: string;
  readonly stream: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #number = 0;

  constructor(watching: Watching, epoch: string, left: () => void) {
    this.#watching = watching;
    const { topics, accounts } = watching;
    this.#view = [...topics, accounts === "all" ? "all" : [...accounts]].flat().sort().join(" ");
    this.#epoch = epoch;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => {
          this.#controller = null;
          left();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: QUEUE_BYTES_MAX }),
    );
  }

  /** From where it was, or the whole where that is not known any more. */
  begin(rows: Rows, from: number | null): void {
    this.#say("retry: 2000\n\n");
    if (from !== null && rows.reaches(from)) {
      this.#number = from;
      this.send(rows.after(from), rows.number);
      return;
    }
    if (from !== null) this.#say(`id: ${this.#id(rows.number)}\nevent: reset\ndata: {}\n\n`);
    for (const topic of this.#watching.topics) {
      const standing = rows.standing().filter((row) => row.topic === topic && this.#sees(row));
      const list = standing.map(({ key, json }) => `{"id":${JSON.stringify(key)},"row":${json}}`);
      const data = `{"topic":"${topic}","rows":[${list.join(",")}]}`;
      this.#say(`id: ${this.#id(rows.number)}\nevent: snapshot\ndata: ${data}\n\n`);
    }
    this.#number = rows.number;
  }

  /**
   * What changed since it was last sent something; all of `rows` are above that. `frames`: what the
   * same rows are to those who see alike.
   */
  send(rows: readonly Row[], number: number, frames: Frames = new Map()): void {
    let frame = frames.get(this.#view);
    if (frame === undefined) {
      frame = this.#frame(rows);
      frames.set(this.#view, frame);
    }
    if (frame.byteLength > 0) this.#controller?.enqueue(frame);
    this.#number = number;
  }

  #frame(rows: readonly Row[]): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const row of rows) {
      if (!this.#sees(row)) continue;
      const event = row.removed ? "remove" : isEvent(row.topic) ? "event" : "update";
      const head = `id: ${this.#id(row.number)}\nevent: ${event}\ndata: `;
      parts.push(encoder.encode(head), row.bytes, NEW_LINE);
    }
    return joined(parts);
  }

  /** Whether it takes more; who does not is behind, and not waited for. */
  get takes(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  get number(): number {
    return this.#number;
  }

  heartbeat(): void {
    if (this.takes) this.#say(": still here\n\n");
  }

  end(): void {
    this.#controller?.close();
    this.#controller = null;
  }

  #sees({ topic, accounts: of }: Row): boolean {
    const { topics, accounts } = this.#watching;
    return topics.has(topic) && (accounts === "all" || of.some((one) => accounts.has(one)));
  }

  #say(text: string): void {
    this.#controller?.enqueue(encoder.encode(text));
  }

  /** Numbers begin anew with each process, which the epoch tells. */
  #id(number: number): string {
    return `${this.#epoch}-${number}`;
  }
}

const isEvent = (topic: Topic): boolean =>
  topic === "signals" || topic === "decisions" || topic === "instructions";

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
