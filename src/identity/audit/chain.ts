/**
 * The audit's chain, checked row by row without the database's help.
 * Invariants: a row that was edited, removed, moved or put in is named by its number, also where
 * whoever did it wrote the row's hash anew; a tail that was cut off shows against the head, and a
 * chain that was written anew as a whole against a seal.
 */
import { createHash } from "node:crypto";

/** As text, exactly as the database keeps it. */
export type ChainedRow = {
  readonly tenantId: string;
  readonly number: number;
  readonly by: string;
  readonly address: string | null;
  readonly action: string;
  readonly subject: string;
  readonly before: string | null;
  readonly after: string | null;
  /** Microseconds since 1970. */
  readonly atMicros: string;
  readonly previous: Buffer;
  readonly hash: Buffer;
};

/** What should stand: the hash of the row of this number. */
export type Mark = { readonly number: number; readonly hash: Buffer };

export type ChainFault = {
  /** The row; of several that are missing, or may be meant, the first. */
  readonly number: number;
  readonly kind: "changed" | "missing" | "head" | "rewritten" | "forged-seal";
  readonly words: string;
};

const START = Buffer.alloc(32);

const field = (text: string | null): string =>
  text === null ? "-;" : `${Buffer.byteLength(text)}:${text};`;

export function hashOfRow(row: ChainedRow): Buffer {
  const { tenantId, number, by, address, action, subject, before, after, atMicros } = row;
  const fields = [tenantId, String(number), by, address, action, subject, before, after, atMicros];
  return createHash("sha256").update(row.previous).update(fields.map(field).join("")).digest();
}

/** Takes the rows in the order of their numbers, then the head and the seals. */
export class ChainCheck {
  readonly #faults: ChainFault[] = [];
  /** Of the seals: what the rows said when they passed. */
  readonly #marks: ReadonlyMap<number, Mark>;
  readonly #differing: number[] = [];
  #last: Mark = { number: 0, hash: START };
  #rows = 0;

  constructor(seals: readonly Mark[]) {
    this.#marks = new Map(seals.map((seal) => [seal.number, seal]));
  }

  get rows(): number {
    return this.#rows;
  }

  add(row: ChainedRow): void {
    const expected = this.#last.number + 1;
    if (row.number > expected) this.#missing(expected, row.number - 1);
    const isWhole = hashOfRow(row).equals(row.hash);
    const follows = row.number > expected || row.previous.equals(this.#last.hash);
    if (!isWhole) this.#say(row.number, "changed", "was changed");
    else if (!follows) this.#replaced(row.number);
    const mark = this.#marks.get(row.number);
    if (mark !== undefined && !mark.hash.equals(row.hash)) this.#differing.push(row.number);
    this.#last = row;
    this.#rows += 1;
  }

  /**
   * Everything that is wrong, by number. `head` is null where the database has none; `beyond` is the
   * first row after it, which there should not be.
   */
  end(head: Mark | null, beyond: number | null): readonly ChainFault[] {
    const last = this.#last;
    if (head === null && last.number > 0) this.#say(last.number, "head", "has no head after it");
    if (head !== null && head.number > last.number) this.#missing(last.number + 1, head.number);
    if (beyond !== null) this.#say(beyond, "head", "comes after the head");
    const isLast = head?.number === last.number && beyond === null;
    if (isLast && !head.hash.equals(last.hash)) this.#replaced(last.number + 1);
    this.#seals();
    return this.#faults.toSorted((a, b) => a.number - b.number);
  }

  /** The row before this one is whole in itself, and still not what this one followed. */
  #replaced(number: number): void {
    if (this.#faults.some((fault) => fault.number === number - 1)) return;
    if (number === 1) this.#say(1, "changed", "follows what was never there");
    else this.#say(number - 1, "changed", "was replaced: the next row followed another");
  }

  #missing(from: number, to: number): void {
    const words = from === to ? "is missing" : `to ${to} are missing`;
    if (!this.#faults.some(({ number, kind }) => number === from && kind === "missing")) {
      this.#say(from, "missing", words);
    }
  }

  #seals(): void {
    const beyond = [...this.#marks.keys()].filter((number) => number > this.#last.number);
    if (beyond.length > 0) this.#missing(this.#last.number + 1, Math.max(...beyond));
    const first = this.#differing.toSorted((a, b) => a - b)[0];
    if (first === undefined || this.#faults.some(({ number }) => number <= first)) return;
    const sound = [...this.#marks.keys()].filter((number) => number < first);
    const from = Math.max(0, ...sound) + 1;
    const words = `or a row up to ${first} was rewritten after it was sealed`;
    this.#say(from, "rewritten", words);
  }

  #say(number: number, kind: ChainFault["kind"], what: string): void {
    this.#faults.push({ number, kind, words: `row ${number} ${what}` });
  }
}
