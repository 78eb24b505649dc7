/** How long each page of the portal takes until its first byte, over N accounts, asked in turns. */
import type { FanoutOptions } from "./fanout.ts";
import { openBenchPortal } from "./portal.ts";
import { type Percentiles, percentiles } from "./stats.ts";

const PATHS = [
  ...["/", "/control", "/control?group=strategy", "/control?sort=equity&dir=desc"],
  ...["/subscriptions", "/strategies", "/reconciliation", "/kill", "/help"],
];
/** Until everything is compiled and cached, as in a hub that has run for a minute. */
const ROUNDS_BEFORE = 5;

export type PagesResult = {
  readonly followers: number;
  /** Milliseconds until the first byte. */
  readonly pages: Readonly<Record<string, Percentiles>>;
  /** The largest p50 of them. */
  readonly slowestP50: number;
};

export async function pagesBench(options: FanoutOptions): Promise<PagesResult> {
  const portal = await openBenchPortal(options);
  try {
    const took = new Map<string, number[]>();
    for (let round = -ROUNDS_BEFORE; round < options.signals; round += 1) {
      for (const path of [...PATHS, ...portal.details]) {
        const ms = await firstByte(portal.url + path);
        const name = path.replace(/[0-9a-f-]{36}/, "one");
        if (round >= 0) took.set(name, [...(took.get(name) ?? []), ms]);
      }
    }
    const pages = Object.fromEntries([...took].map(([name, all]) => [name, percentiles(all)]));
    const slowestP50 = Math.max(...Object.values(pages).map(({ p50 }) => p50));
    return { followers: options.followers, pages, slowestP50 };
  } finally {
    await portal.close();
  }
}

async function firstByte(url: string): Promise<number> {
  const from = performance.now();
  const response = await fetch(url);
  const took = performance.now() - from;
  if (!response.ok) throw new RangeError(`${url} answered ${response.status}`);
  await response.arrayBuffer();
  return took;
}
