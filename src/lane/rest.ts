/** Waiting that ends early, and says so, when the hub stops. */
import type { Timers } from "../platform/clock.ts";

/** True after `ms`; false where the signal aborted. */
export async function rest(timers: Timers, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await timers.sleep(ms, signal);
    return !signal.aborted;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
