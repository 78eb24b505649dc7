/**
 * Bytes into lines. Invariants: no more than one line is ever kept; a line over the limit, or one
 * that is not UTF-8, is refused, however it is cut into chunks.
 */
import { Refusal } from "./refusals.ts";

/** Its end included. */
export const LINE_BYTES_MAX = 16_384;

const NEWLINE = 0x0a;

export class LineReader {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #rest: Buffer | null = null;

  /** The lines that `chunk` completes, without their ends. Throws LINE_TOO_LONG and BAD_LINE. */
  *read(chunk: Buffer): Generator<string> {
    let bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = null;
    for (;;) {
      const end = bytes.indexOf(NEWLINE);
      if (end >= LINE_BYTES_MAX || (end < 0 && bytes.length >= LINE_BYTES_MAX)) {
        throw new Refusal("LINE_TOO_LONG");
      }
      if (end < 0) break;
      yield this.#decoded(bytes.subarray(0, end));
      bytes = bytes.subarray(end + 1);
    }
    // A copy: a slice would keep the whole chunk alive.
    if (bytes.length > 0) this.#rest = Buffer.from(bytes);
  }

  #decoded(bytes: Buffer): string {
    try {
      return this.#decoder.decode(bytes);
    } catch (cause) {
      throw new Refusal("BAD_LINE", { detail: "not UTF-8", cause });
    }
  }
}
