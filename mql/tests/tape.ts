/**
 * Two hours of ticks, made by a seed and played many times faster than they came: each terminal
 * gets them as a file, and one that begins later gets what is left.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../src/platform/random.ts";

type Wave = {
  readonly middle: number;
  readonly swing: number;
  readonly spread: number;
  readonly digits: number;
};

const WAVES: Readonly<Record<string, Wave>> = {
  EURUSD: { middle: 1.1, swing: 0.004, spread: 0.0001, digits: 5 },
  XAUUSD: { middle: 2_000, swing: 6, spread: 0.3, digits: 3 },
};
const TICK_MS = 2_000;
const PERIOD_MS = 2_400_000;
const NOISE = 0.05;

export class Tape {
  readonly #lines = new Map<string, string[]>();
  readonly #speed: number;
  readonly #lengthMs: number;
  #startedAt = 0;

  constructor(options: {
    readonly seed: number;
    readonly lengthMs: number;
    readonly speed: number;
  }) {
    const random = seededRandom(options.seed);
    this.#speed = options.speed;
    this.#lengthMs = options.lengthMs;
    for (const [symbol, { middle, swing, spread, digits }] of Object.entries(WAVES)) {
      const lines: string[] = [];
      for (let at = 0; at < options.lengthMs; at += TICK_MS) {
        const phase = Math.sin((at / PERIOD_MS) * 2 * Math.PI);
        const bid = middle + swing * (phase + NOISE * (random.next() - 0.5));
        lines.push(`${at},${bid.toFixed(digits)},${(bid + spread).toFixed(digits)}`);
      }
      this.#lines.set(symbol, lines);
    }
  }

  get symbols(): readonly string[] {
    return [...this.#lines.keys()];
  }

  start(): void {
    this.#startedAt = performance.now();
  }

  /** How much of it has gone by, on its own clock. */
  get playedMs(): number {
    return (performance.now() - this.#startedAt) * this.#speed;
  }

  get isOver(): boolean {
    return this.playedMs >= this.#lengthMs;
  }

  /** The words that make a terminal play what is left of it. */
  words(folder: string): readonly string[] {
    const from = Math.floor(this.playedMs / TICK_MS);
    return [...this.#lines].flatMap(([symbol, lines]) => {
      const left = lines.slice(Math.min(from, lines.length - 1));
      const [, bid, ask] = (left[0] ?? "").split(",");
      const path = join(folder, `${symbol}.ticks.csv`);
      writeFileSync(path, `${left.join("\n")}\n`);
      return [`tick ${symbol} ${bid} ${ask}`, `ticks ${symbol} ${path} ${this.#speed}`];
    });
  }
}
