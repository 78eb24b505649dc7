/**
 * Tick files of the project's own making: a seeded random walk with what real feeds have in it:
 * several quotes in one millisecond, locked and crossed quotes, pauses and jumps.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Instant } from "../domain/instant.ts";
import { integerBetween, type Random, seededRandom } from "../platform/random.ts";

export type Walk = {
  readonly symbol: string;
  readonly digits: number;
  /** The first bid, in points. */
  readonly startPoints: number;
  readonly spreadPoints: number;
  /** The largest step between two quotes, in points. */
  readonly stepPoints: number;
};

export const WALKS: readonly Walk[] = [
  { symbol: "EURUSD", digits: 5, startPoints: 139_248, spreadPoints: 2, stepPoints: 6 },
  { symbol: "NZDUSD", digits: 5, startPoints: 86_904, spreadPoints: 8, stepPoints: 6 },
  { symbol: "XAUUSD", digits: 3, startPoints: 1_307_391, spreadPoints: 300, stepPoints: 250 },
];

/** 2014-05-07 00:00 UTC. */
const TICKS_START: Instant = 1_399_420_800_000;

export type TickPlan = {
  readonly quotes: number;
  readonly seed: number;
  readonly startAt?: Instant;
  /** The longest usual pause between two quotes. */
  readonly pauseMs?: number;
};

/** The text of one tick file. */
export function tickCsv(walk: Walk, plan: TickPlan): string {
  const random = seededRandom(plan.seed);
  const lines = ["time_ms,bid,ask"];
  let at = plan.startAt ?? TICKS_START;
  let bid = walk.startPoints;
  for (let quote = 0; quote < plan.quotes; quote += 1) {
    const ask = bid + spread(random, walk.spreadPoints);
    lines.push(`${at},${inPoints(bid, walk.digits)},${inPoints(ask, walk.digits)}`);
    at += integerBetween(random, 0, plan.pauseMs ?? 900);
    const jump = random.next() < 0.002 ? 40 : 1;
    const most = walk.stepPoints * jump;
    bid = Math.max(walk.spreadPoints * 2, bid + integerBetween(random, -most, most));
  }
  return `${lines.join("\n")}\n`;
}

/** Writes a file for each walk, every other one zipped, and gives their paths. */
export async function writeTickFiles(
  directory: string,
  plan: TickPlan,
  walks: readonly Walk[] = WALKS,
): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  return Promise.all(
    walks.map(async (walk, index) => {
      const name = `${walk.symbol.toLowerCase()}-made-${plan.seed}.csv`;
      const text = tickCsv(walk, { ...plan, seed: plan.seed * 31 + index });
      const zipped = index % 2 === 0;
      const path = join(directory, zipped ? `${name}.gz` : name);
      await writeFile(path, zipped ? gzipSync(text) : text);
      return path;
    }),
  );
}

function spread(random: Random, usual: number): number {
  const kind = random.next();
  if (kind < 0.01) return -1;
  if (kind < 0.04) return 0;
  return usual + integerBetween(random, 0, usual);
}

function inPoints(points: number, digits: number): string {
  const text = String(points).padStart(digits + 1, "0");
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
