/**
 * Where the broker log goes: to memory, or to a file that an auditor reads and a restart begins
 * from. The file is written synchronously before anyone is told, so it survives a SIGKILL.
 * Invariant: a line without its end was torn by a kill; it is dropped, and cut off the file before
 * anything is written after it.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { decodeRecord, encodeRecord, type LogRecord } from "./records.ts";

export interface BrokerLog {
  /** Takes the records of one step together, in order. */
  append(records: readonly LogRecord[]): void;
}

export type ParsedLog = {
  readonly records: readonly LogRecord[];
  /** Length of the whole lines, in bytes. */
  readonly bytes: number;
  /** Whether a torn line stood at the end. */
  readonly torn: boolean;
};

const LINE_END = 0x0a;

/** Throws BAD_MESSAGE for a whole line that is not a record. */
export function parseBrokerLog(content: Buffer): ParsedLog {
  const bytes = content.lastIndexOf(LINE_END) + 1;
  const lines = content.toString("utf8", 0, bytes).split("\n").slice(0, -1);
  return {
    records: lines.map((line, index) => decodeRecord(line, index + 1)),
    bytes,
    torn: bytes < content.length,
  };
}

function encodeAll(records: readonly LogRecord[]): string {
  return records.map((entry) => `${encodeRecord(entry)}\n`).join("");
}

export class MemoryBrokerLog implements BrokerLog {
  readonly records: LogRecord[] = [];

  append(records: readonly LogRecord[]): void {
    this.records.push(...records);
  }

  /** As a file would hold it. */
  text(): string {
    return encodeAll(this.records);
  }
}

/** For runs that no one audits and no one restarts. */
export const noBrokerLog: BrokerLog = { append: () => {} };

export class FileBrokerLog implements BrokerLog {
  readonly #file: number;
  /** What the file held when it was opened. */
  readonly history: ParsedLog;

  constructor(path: string) {
    this.#file = openSync(path, "a+");
    this.history = parseBrokerLog(readFileSync(this.#file));
    if (this.history.torn) ftruncateSync(this.#file, this.history.bytes);
  }

  append(records: readonly LogRecord[]): void {
    const bytes = Buffer.from(encodeAll(records));
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#file, bytes, written);
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
