/**
 * The archive of a backup, as text under gzip: a line of JSON that says what it is, each table as
 * Postgres' COPY writes it, and a last line with what all of it came to.
 * Invariants: an archive that does not end with its last line, or of which any table has not the
 * rows or the hash that it says, is refused before anything is read from it; its format has a
 * number, so that a later version can tell.
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { z } from "zod";
import { LockstepError } from "../domain/errors.ts";

export const FORMAT = 1;
/** Ends the rows of a table, as in Postgres' own dumps: no row is written so. */
export const END_OF_TABLE = "\\.";

const header = z.object({
  lockstep: z.literal("backup"),
  format: z.number().int(),
  /** On the database's clock. */
  takenAt: z.iso.datetime(),
  migrations: z.array(z.object({ number: z.number().int(), name: z.string(), sha256: z.string() })),
  /** What seals secrets, by a hash: the keys themselves are never in a backup. */
  keys: z.array(z.object({ name: z.string(), sha256: z.string() })),
});
const table = z.object({ table: z.string(), columns: z.array(z.string()).min(1) });
const total = z.object({ rows: z.number().int(), sha256: z.string() });
const end = z.object({ end: z.literal(true), tables: z.number().int(), rows: z.number().int() });

export type Header = z.output<typeof header>;
export type Table = z.output<typeof table>;
export type End = z.output<typeof end>;

/** Counts and hashes the rows of one table on their way. */
export class Tally {
  readonly #hash: Hash = createHash("sha256");
  #rows = 0;

  line(row: string): void {
    this.#rows += 1;
    this.#hash.update(row).update("\n");
  }

  end(): { readonly rows: number; readonly sha256: string } {
    return { rows: this.#rows, sha256: this.#hash.digest("hex") };
  }
}

export type Part =
  | { readonly kind: "header"; readonly header: Header }
  | { readonly kind: "table"; readonly table: Table }
  | { readonly kind: "row"; readonly row: string }
  | { readonly kind: "end of table" }
  | { readonly kind: "end"; readonly end: End };

/** BAD_INPUT, with what is wrong, for a file that is no whole backup of a format we know. */
export async function* readArchive(path: string): AsyncGenerator<Part> {
  const raw = createReadStream(path);
  const text = raw.pipe(createGunzip());
  raw.on("error", (error) => text.destroy(error));
  try {
    yield* partsOf(path, createInterface({ input: text, crlfDelay: 0 }));
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw faulty(path, error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    raw.destroy();
  }
}

async function* partsOf(path: string, lines: AsyncIterable<string>): AsyncGenerator<Part> {
  const rows = new Rows(path);
  let seen: "nothing" | "header" | "end" = "nothing";
  for await (const line of lines) {
    const ofTable = rows.take(line);
    if (ofTable === "between") continue;
    if (ofTable !== null) yield ofTable;
    else if (seen === "nothing") {
      seen = "header";
      yield { kind: "header", header: headerOf(path, line) };
    } else if (line.startsWith('{"end":')) {
      seen = "end";
      yield { kind: "end", end: parsed(path, line, end) };
    } else {
      rows.begin();
      yield { kind: "table", table: parsed(path, line, table) };
    }
  }
  if (seen !== "end") throw faulty(path, "it ends too early");
}

/** The lines of one table: its rows, the line that ends them, and what they came to. */
class Rows {
  readonly #path: string;
  #tally: Tally | null = null;
  #ended = false;

  constructor(path: string) {
    this.#path = path;
  }

  begin(): void {
    this.#tally = new Tally();
    this.#ended = false;
  }

  /** null: the line is of no table. */
  take(line: string): Part | "between" | null {
    const tally = this.#tally;
    if (tally === null) return null;
    if (this.#ended) {
      const { rows, sha256 } = tally.end();
      const said = parsed(this.#path, line, total);
      if (said.rows !== rows || said.sha256 !== sha256) {
        throw faulty(this.#path, "a table was altered");
      }
      this.#tally = null;
      return { kind: "end of table" };
    }
    if (line === END_OF_TABLE) {
      this.#ended = true;
      return "between";
    }
    tally.line(line);
    return { kind: "row", row: line };
  }
}

function headerOf(path: string, line: string): Header {
  const read = parsed(path, line, header);
  if (read.format > FORMAT) throw faulty(path, `its format ${read.format} is of a newer version`);
  return read;
}

function parsed<T>(path: string, line: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw faulty(path, "it has a line that is none of a backup", { cause });
  }
}

export function faulty(path: string, reason: string, options?: ErrorOptions): LockstepError {
  const expected = "a whole file that `lockstep backup` has written";
  return new LockstepError("BAD_INPUT", { file: path, reason, expected }, options);
}

/** Reads all of it: what it is and what it holds, or BAD_INPUT. */
export async function inspect(
  path: string,
): Promise<{ readonly header: Header; readonly end: End }> {
  let first: Header | null = null;
  let last: End | null = null;
  const counted = { tables: 0, rows: 0 };
  for await (const part of readArchive(path)) {
    if (part.kind === "header") first = part.header;
    if (part.kind === "end") last = part.end;
    if (part.kind === "table") counted.tables += 1;
    if (part.kind === "row") counted.rows += 1;
  }
  if (first === null || last === null) throw faulty(path, "it is empty");
  if (counted.tables !== last.tables || counted.rows !== last.rows) {
    throw faulty(path, "it lacks tables or rows");
  }
  return { header: first, end: last };
}
