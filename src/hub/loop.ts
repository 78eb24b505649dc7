/** Work that is done again and again, with a rest before each time, until somebody says stop. */
import type { Timers } from "../platform/clock.ts";

export type LoopDeps = {
  readonly timers: Timers;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  fault(error: unknown, doing: string): void;
};

/** Never rejects: a time that fails is told, and the next one comes. */
export async function loop(work: () => Promise<unknown>, deps: LoopDeps): Promise<void> {
  const { timers, everyMs, signal, fault } = deps;
  while (!signal.aborted) {
    try {
      await timers.sleep(everyMs, signal);
      await work();
    } catch (error) {
      if (!signal.aborted) fault(error, "keeping the hub running");
    }
  }
}
