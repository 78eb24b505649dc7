import type { HubObserver } from "./ports.ts";

/** One that tells several, in order. */
export function observedBy(...observers: readonly HubObserver[]): HubObserver {
  return {
    signal: (signal) => {
      for (const one of observers) one.signal?.(signal);
    },
    decided: (signal, rows) => {
      for (const one of observers) one.decided?.(signal, rows);
    },
    resolved: (instruction, outcome) => {
      for (const one of observers) one.resolved?.(instruction, outcome);
    },
  };
}
