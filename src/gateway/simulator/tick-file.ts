/**
 * Reads tick files (`time_ms,bid,ask`, plain or gzip) strictly and fast into one series a symbol.
 * Invariants: a series' times rise strictly (of several quotes in one millisecond the last is
 * kept), its prices are positive and exact (integers of 1e-8). Locked and crossed quotes are kept as they are.
 */
import { basename } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { InputError, type InputFault, quoted, refuseFaults } from "../../domain/input-fault.ts";
import { readInputBytes } from "../../platform/input-file.ts";
import { COMMA, LF, PRICE_MAX, TIME_MAX, TickScanner } from "./tick-scanner.ts";

/** Quotes of one symbol in time order; the three arrays have one length. */
export type TickSeries = {
  readonly symbol: string;
  /** Milliseconds since 1970. */
  readonly times: Float64Array;
  /** Integers of 1e-8: `BigInt(bids[i])` is the price as Fixed. */
  readonly bids: Float64Array;
  readonly asks: Float64Array;
};

const HEADER = "time_ms,bid,ask";
const BYTES_MAX = 1_000_000_000;
const PRICE_EXPECTED = `a positive decimal of at most 8 places, under ${PRICE_MAX}`;

/** One series a symbol, by symbol; all files are read before the first faults are thrown. */
export async function loadTicks(files: readonly string[]): Promise<TickSeries[]> {
  const results = await Promise.allSettled(files.map(loadTickFile));
  const faults: InputFault[] = [];
  const parts: TickPart[] = [];
  for (const result of results) {
    if (result.status === "fulfilled") parts.push(result.value);
    else if (result.reason instanceof InputError) faults.push(...result.reason.faults);
    else throw result.reason;
  }
  refuseFaults(faults);
  return joinBySymbol(parts);
}

type TickPart = TickSeries & { readonly file: string };

async function loadTickFile(file: string): Promise<TickPart> {
  const bytes = await readInputBytes(file, BYTES_MAX);
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return parseTicks(file, zipped ? await unzip(file, bytes) : bytes);
}

async function unzip(file: string, bytes: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: BYTES_MAX });
  } catch (cause) {
    const found = cause instanceof Error ? quoted(cause.message) : "a fault";
    const wrong = "the file cannot be unzipped";
    const expected = `a whole gzip file of at most ${BYTES_MAX} bytes`;
    throw new InputError([{ file, line: null, wrong, found, expected }], { cause });
  }
}

/** The symbol is the file's name up to the first `-`, upper case. */
export function symbolOfFile(file: string): string {
  const name = basename(file);
  const symbol = name.slice(0, Math.max(0, name.indexOf("-"))).toUpperCase();
  if (/^[A-Z0-9._#]{1,32}$/.test(symbol)) return symbol;
  const wrong = "the file's name does not begin with a symbol";
  const expected = "a name such as eurusd-20140507.csv.gz";
  throw new InputError([{ file, line: null, wrong, found: quoted(name), expected }]);
}

/** Parses the bytes of one unzipped file. */
export function parseTicks(file: string, bytes: Uint8Array): TickPart {
  const symbol = symbolOfFile(file);
  const scanner = new TickScanner(bytes);
  const header = scanner.takeLine();
  if (header !== HEADER) {
    throw faultAt(file, 1, ["the header is wrong", quoted(header), quoted(HEADER)]);
  }
  const rows = countLines(bytes);
  const [times, bids, asks] = [
    new Float64Array(rows),
    new Float64Array(rows),
    new Float64Array(rows),
  ];
  let count = 0;
  let previous = 0;
  while (scanner.nextLine()) {
    const time = scanner.takeTime();
    const bid = scanner.takePrice(COMMA);
    const ask = scanner.takePrice(LF);
    // A cell that cannot be read is NaN, and no comparison with NaN holds.
    if (!(time >= previous && bid > 0 && ask > 0)) {
      throw faultAt(file, scanner.line, explainLine(scanner.lineText(), previous));
    }
    if (time !== previous || count === 0) count += 1;
    times[count - 1] = time;
    bids[count - 1] = bid;
    asks[count - 1] = ask;
    previous = time;
  }
  if (count === 0) {
    throw faultAt(file, null, ["the file has no quote", "only a header", "at least one line"]);
  }
  const cut = (all: Float64Array): Float64Array => all.slice(0, count);
  return { file, symbol, times: cut(times), bids: cut(bids), asks: cut(asks) };
}

/** What is wrong, what stood there and what is expected. */
type Explained = readonly [wrong: string, found: string, expected: string];

/** Why a line was refused; only ever called for a line that was. */
function explainLine(text: string, previous: number): Explained {
  const cells = text.split(",");
  const [time = "", bid = "", ask = ""] = cells;
  if (cells.length !== 3) return ["the line has not three columns", quoted(text), HEADER];
  if (!/^\d+$/.test(time) || Number(time) > TIME_MAX) {
    return ["time_ms is not a time", quoted(time), "whole milliseconds since 1970"];
  }
  if (Number(time) < previous) return ["time runs backwards", time, `${previous} or later`];
  const [name, price] = isPrice(bid) ? ["ask", ask] : ["bid", bid];
  return [`${name} is not a price`, quoted(price), PRICE_EXPECTED];
}

function isPrice(text: string): boolean {
  return /^\d+(\.\d{1,8})?$/.test(text) && Number(text) > 0 && Number(text) < PRICE_MAX;
}

function faultAt(file: string, line: number | null, explained: Explained): InputError {
  const [wrong, found, expected] = explained;
  return new InputError([{ file, line, wrong, found, expected }]);
}

function countLines(bytes: Uint8Array): number {
  let lines = 1;
  for (let index = 0; index < bytes.length; index += 1) if (bytes[index] === LF) lines += 1;
  return lines;
}

/** Files of one symbol follow each other in time; they may not overlap. */
function joinBySymbol(parts: readonly TickPart[]): TickSeries[] {
  const faults: InputFault[] = [];
  const joined = [...new Set(parts.map((part) => part.symbol))].sort().map((symbol) => {
    const own = parts.filter((part) => part.symbol === symbol);
    own.sort((a, b) => (a.times[0] ?? 0) - (b.times[0] ?? 0));
    for (const [index, part] of own.slice(1).entries()) {
      const before = own[index];
      const last = before?.times.at(-1) ?? 0;
      const first = part.times[0] ?? 0;
      if (first > last) continue;
      const wrong = `the file overlaps ${before?.file} of the same symbol`;
      const expected = `times after ${last}`;
      faults.push({ file: part.file, line: 2, wrong, found: String(first), expected });
    }
    return {
      symbol,
      times: concatenate(own.map((part) => part.times)),
      bids: concatenate(own.map((part) => part.bids)),
      asks: concatenate(own.map((part) => part.asks)),
    };
  });
  refuseFaults(faults);
  return joined;
}

function concatenate(arrays: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(arrays.reduce((length, array) => length + array.length, 0));
  let offset = 0;
  for (const array of arrays) {
    whole.set(array, offset);
    offset += array.length;
  }
  return whole;
}
