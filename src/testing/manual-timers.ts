/** Timers that a test moves by hand: nothing sleeps in real time. */
import type { Timers } from "../platform/clock.ts";

export type ManualTimers = Timers & {
  /** Moves time on, waking sleepers in order and letting what they start run before the next. */
  advance(ms: number): Promise<void>;
  readonly sleepers: number;
};

type Sleeper = { readonly at: number; readonly wake: () => void };

export function manualTimers(): ManualTimers {
  let now = 0;
  const sleepers = new Set<Sleeper>();
  return {
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          at: now + ms,
          wake: () => {
            signal?.removeEventListener("abort", stop);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", stop, { once: true });
      }),
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = [...sleepers].sort((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > end) break;
        now = next.at;
        sleepers.delete(next);
        next.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = end;
    },
    get sleepers() {
      return sleepers.size;
    },
  };
}
