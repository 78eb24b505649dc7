/**
 * One account of which the broker takes 30 s beside N others: how soon each other follower's order
 * goes out, in blocks of signals with the slow broker and without it, in turns. The slow order stays
 * unanswered through its block, and is let go at its end.
 */
import { systemTimers } from "../platform/clock.ts";
import type { FanoutOptions } from "./fanout.ts";
import { type BenchStage, onStage } from "./stage.ts";
import { type Percentiles, percentiles } from "./stats.ts";
import { VOLUME } from "./world.ts";

export type SlowBrokerResult = {
  readonly followers: number;
  /** Signals of each kind. */
  readonly signals: number;
  /** Milliseconds from the master's deal to a follower's order, of all but the slow one. */
  readonly even: Percentiles;
  readonly beside: Percentiles;
  /** With the slow broker to without it: at most 1.1 and 1.25 are wanted. */
  readonly ratio: Percentiles;
};

const BLOCK = 5;
const WARM_UPS = 4;
/** Until the orders of a signal are answered and written. */
const BETWEEN_MS = 400;
const ROUND_MOST_MS = 20_000;

export function slowBrokerBench(options: FanoutOptions): Promise<SlowBrokerResult> {
  return onStage(options, async (stage) => {
    const even: number[] = [];
    const beside: number[] = [];
    const blocks = Math.ceil(options.signals / BLOCK);
    for (let block = -WARM_UPS; block < blocks; block += 1) {
      const took = [await play(stage, false), await play(stage, true)] as const;
      if (block < 0) continue;
      even.push(...took[0]);
      beside.push(...took[1]);
      options.progress(`block ${block + 1} of ${blocks}`);
    }
    const [without, slow] = [percentiles(even), percentiles(beside)];
    const ratio = { p50: share(slow.p50, without.p50), p99: share(slow.p99, without.p99) };
    const signals = blocks * BLOCK;
    return { followers: options.followers, signals, even: without, beside: slow, ratio };
  });
}

const share = (one: number, other: number): number => Math.round((one / other) * 1_000) / 1_000;

/** One block, and what each of the others took. */
async function play({ world, activity }: BenchStage, isSlow: boolean): Promise<number[]> {
  const { gateway, masters } = world;
  const slow = world.accounts.at(-1)?.accountId ?? "";
  if (isSlow) gateway.slow.add(slow);
  const took: number[] = [];
  for (let signal = 0; signal < BLOCK; signal += 1) {
    const isDone = took.length + world.accounts.length - 2;
    const beganAt = performance.now();
    gateway.onExecute = ({ account }) => {
      if (account.accountId !== slow) took.push(performance.now() - beganAt);
    };
    gateway.masterTrades(masters.plain, VOLUME);
    while (took.length < isDone) {
      if (performance.now() - beganAt > ROUND_MOST_MS) throw new Error("a signal did not arrive");
      await systemTimers.sleep(5);
    }
    await systemTimers.sleep(BETWEEN_MS);
  }
  gateway.letGo();
  await activity.quiet();
  return took;
}
