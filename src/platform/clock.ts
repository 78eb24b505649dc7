/** Time as an argument: ages, windows and periods read a Clock; waiting goes through Timers. */
import type { Instant } from "../domain/instant.ts";

export interface Clock {
  /** UTC, milliseconds. */
  now(): Instant;
}

export interface Timers {
  /** Resolves after `ms`, or rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = { now: () => Date.now() };

export const systemTimers: Timers = {
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** Milliseconds that never jump: for deadlines and durations inside one process. */
export const monotonicMs = (): number => performance.now();
