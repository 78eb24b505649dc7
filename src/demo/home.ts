/**
 * The demo's folder in the data directory: each broker's log, the prices they stood at, and the
 * mark of the ledger that they belong to. The logs grow by some 50 MB a day of running; `lockstep
 * reset` begins anew.
 * Invariants: brokers and ledger are from one life: with another ledger the demo refuses to start,
 * since every difference between the two would be a divergence that nobody can explain.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LockstepError } from "../domain/errors.ts";
import { FileBrokerLog } from "../gateway/simulator/broker-log.ts";
import { BASE_SYMBOLS } from "../gateway/simulator/symbols.ts";

/** Its name in the data directory, which a reset must know. */
export const DEMO_FOLDER = "demo";
const MARK_FILE = "ledger";
const PRICES_FILE = "prices.json";
const HISTORY_FILE = "history.json";
/** From here on a start takes seconds longer, and says so. */
const LARGE_LOG_BYTES = 64 * 1024 * 1024;

const saved = z.object({
  /** How long the demo's market has run in all, in milliseconds. */
  ranMs: z.number().nonnegative(),
  mids: z.partialRecord(z.enum(BASE_SYMBOLS), z.number().positive()),
});

export type SavedPrices = z.output<typeof saved>;

const history = z.object({
  seed: z.number().int().nonnegative(),
  /** A midnight: the demo began on that day. */
  endsAt: z.number().int(),
  isFilled: z.boolean(),
});

/** Which past the demo has, and whether the ledger has all of it. */
export type SavedHistory = z.output<typeof history>;

const NO_PRICES: SavedPrices = { ranMs: 0, mids: {} };

export type LedgerMark = {
  /** Of this ledger alone. */
  readonly mark: string;
  /** Whether the demo's masters have traded in it. */
  readonly used: boolean;
};

export class DemoHome {
  readonly #folder: string;
  readonly #logs: FileBrokerLog[] = [];

  /** Makes the folder where it is missing. BAD_CONFIG where it belongs to another ledger. */
  constructor(dataDir: string, ledger: LedgerMark) {
    this.#folder = join(dataDir, DEMO_FOLDER);
    const file = join(this.#folder, MARK_FILE);
    const known = existsSync(file) ? readFileSync(file, "utf8").trim() : null;
    const fits = known === null ? !ledger.used : known === ledger.mark;
    if (!fits) throw foreign(this.#folder);
    mkdirSync(this.#folder, { recursive: true });
    if (known === null) replaceFile(file, ledger.mark);
  }

  /** The log of one broker, to be read from its beginning and written on. */
  log(name: string): FileBrokerLog {
    const log = new FileBrokerLog(this.#path(name));
    this.#logs.push(log);
    return log;
  }

  /** Names of logs that have grown large, with their size in whole megabytes. */
  largeLogs(names: readonly string[]): readonly { readonly path: string; readonly mb: number }[] {
    return names
      .map((name) => ({ path: this.#path(name), bytes: sizeOf(this.#path(name)) }))
      .filter(({ bytes }) => bytes > LARGE_LOG_BYTES)
      .map(({ path, bytes }) => ({ path, mb: Math.round(bytes / 1_048_576) }));
  }

  /** What was saved last; where that cannot be read prices begin anew. */
  prices(): SavedPrices {
    try {
      return saved.parse(JSON.parse(readFileSync(join(this.#folder, PRICES_FILE), "utf8")));
    } catch {
      return NO_PRICES;
    }
  }

  savePrices(prices: SavedPrices): void {
    replaceFile(join(this.#folder, PRICES_FILE), JSON.stringify(prices));
  }

  /** Null where none was begun. */
  history(): SavedHistory | null {
    try {
      return history.parse(JSON.parse(readFileSync(join(this.#folder, HISTORY_FILE), "utf8")));
    } catch {
      return null;
    }
  }

  saveHistory(one: SavedHistory): void {
    replaceFile(join(this.#folder, HISTORY_FILE), JSON.stringify(one));
  }

  close(): void {
    for (const log of this.#logs.splice(0)) log.close();
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.jsonl`);
  }
}

/** Whole or not at all, also under a SIGKILL. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function foreign(folder: string): LockstepError {
  const faults = [
    `the demo's brokers in ${folder} are not those of this database`,
    "run `lockstep reset --yes` to begin anew, or set another LOCKSTEP_DATA_DIR or DATABASE_URL",
  ];
  return new LockstepError("BAD_CONFIG", { faults });
}
